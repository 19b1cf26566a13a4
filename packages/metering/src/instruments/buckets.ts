/** Of what takes microseconds in process and at most seconds over a network. In seconds. */
export const fastSeconds = Object.freeze([
  0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
  1, 2.5, 5, 10,
]);

/** Of what people and agents take their time over: told in whole milliseconds. In seconds. */
export const slowSeconds = Object.freeze([
  0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600,
]);

/** Up to the largest content that any constitution lets pass. */
export const messageBytes = Object.freeze([64, 256, 1024, 4096, 16_384, 65_536, 131_072, 262_144]);

export const batchUnits = Object.freeze([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096]);
