// The recommended rules over the browser's modules, and a few that the house follows anyway.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    // WORKER_SOURCE stands at the head of a bundle.
    languageOptions: { globals: { ...globals.browser, ...globals.worker, WORKER_SOURCE: "readonly" } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error" },
  },
];
