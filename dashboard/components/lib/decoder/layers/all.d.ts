import type { Products } from "../products.js";
import type { Tensor } from "../safetensors.js";

// What the bundler writes: the `build` of each module of this folder, by file name.
export const ALL: Record<string, Build>;
type Step = { shape: number[]; run: (values: Float32Array, condition?: number) => Float32Array };
type Build = (spec: any, tensors: Record<string, Tensor>, shape: number[], products: Products) => Step;
