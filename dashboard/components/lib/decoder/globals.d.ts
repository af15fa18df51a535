// JavaScript of the decoding worker, which the bundle of a component begins with.
declare const WORKER_SOURCE: string;
