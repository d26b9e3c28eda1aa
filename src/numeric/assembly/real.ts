/** The precision of a build: every file that imports this is compiled once with f32 and once with f64. */
export type real = f32;
