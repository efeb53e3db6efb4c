import {isAbsolute, relative, sep} from 'node:path';

/** Returns the path from a folder to what it holds, `''` to itself; null for what is outside. Both are absolute. */
export function pathInside(folder: string, path: string): string | null {
  const inside = relative(folder, path);
  return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? null : inside;
}
