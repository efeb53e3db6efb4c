/** This very library, so that a suite anywhere on the disk finds it without having installed it. */
export const LIBRARY = new URL(`../index${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href;
