// An LSTM over rows (steps, values), its gates in PyTorch's order i f g o.
import { tensorNamed, valuesOr } from "../tensors.js";

export function build(spec, tensors, shape, products) {
  const own = tensorNamed(tensors, spec.weight_ih);
  const recurrent = tensorNamed(tensors, spec.weight_hh).data;
  const [gates, inputs] = own.shape;
  const hidden = gates / 4;
  const steps = shape[0];
  if (shape.length !== 2 || shape[1] !== inputs) {
    throw new Error(`An lstm layer takes rows of ${inputs} values and is given ${shape.join(" x ")}.`);
  }
  const [one, other] = [spec.bias_ih, spec.bias_hh].map((name) => valuesOr(tensors, name, gates, 0));
  const bias = Float64Array.from(one, (value, k) => value + other[k]);
  const ofInputs = products.add(steps, gates, inputs, { b: own.data });
  const ofState = products.add(1, gates, hidden, { b: recurrent });
  const cell = new Float64Array(hidden);
  const output = new Float32Array(steps * hidden);

  const advance = (step) => {
    ofState.run();
    const { a: state, out: fromState } = ofState;
    const fromInputs = ofInputs.out;
    const gate = (k) => bias[k] + fromInputs[step * gates + k] + fromState[k];
    for (let k = 0; k < hidden; k++) {
      const [input, forget] = [sigmoid(gate(k)), sigmoid(gate(hidden + k))];
      cell[k] = forget * cell[k] + input * Math.tanh(gate(2 * hidden + k));
      state[k] = sigmoid(gate(3 * hidden + k)) * Math.tanh(cell[k]);
    }
  };
  const run = (values) => {
    ofInputs.a.set(values);
    ofInputs.run();
    cell.fill(0);
    ofState.a.fill(0);
    for (let step = 0; step < steps; step++) {
      advance(step);
      output.set(ofState.a, step * hidden);
    }
    return output;
  };
  return { shape: [steps, hidden], run };
}

function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}
