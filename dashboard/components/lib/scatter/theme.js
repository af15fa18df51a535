// The page's colours and font, for what is drawn on a canvas.

/** Reads the theme off an element that CSS has coloured: text, background, font. */
export function readTheme(probe) {
  const style = getComputedStyle(probe);
  const text = channels(style.color);
  const background = channels(style.backgroundColor);
  const mixed = (alpha) => `rgb(${text.join(" ")} / ${alpha})`;
  return {
    text: mixed(1),
    faintText: mixed(0.65),
    grid: mixed(0.09),
    background: `rgb(${background.join(" ")})`,
    halo: `rgb(${background.join(" ")} / 0.75)`,
    // As plane.css names them for the legend.
    hole: style.getPropertyValue("--hole").trim(),
    error: channels(style.getPropertyValue("--error").trim()),
    // Hidden dots, as channels in 0..1 for the shader.
    context: text.map((part) => part / 255),
    font: style.fontFamily,
    isDark: background.reduce((sum, part) => sum + part, 0) < 3 * 128,
  };
}

function channels(colour) {
  // A canvas turns whatever notation the theme uses (hex, color(), oklch) into three bytes.
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return Array.from(pen.getImageData(0, 0, 1, 1).data.slice(0, 3));
}
