// Every corruption of this folder by its file's name; the module is written where it is bundled.
export declare const ALL: Record<string, (image: Float32Array, shape: number[], level: number, draws: any) => Float64Array>;
