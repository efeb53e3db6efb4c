import {sha256} from '../../core/seeds/hash.ts';

/** Bytes of one part of a path at most: file systems take 255, and names get endings. */
const MAX_BYTES = 200;

/**
 * Returns a name as one part of a path: it cannot leave its folder nor hide, and is short enough. Blanks, `=` and other
 * letters stay: paths are never given to a shell unquoted.
 */
export function makeSafePart(name: string): string {
  const plain = name.replaceAll(/[/\\\u0000-\u001f\u007f]/g, '_').replace(/^\.+/, dots => '_'.repeat(dots.length));
  if (!isLongPart(plain)) return plain;
  return `${Array.from(plain).slice(0, 40).join('')}~${sha256(name).slice(0, 8)}`;
}

/** Tells whether a name is too long for a file or a folder. */
export function isLongPart(name: string): boolean {
  return new TextEncoder().encode(name).length > MAX_BYTES;
}

/** Joins parts of a path with `/`, without doubled ones and `.`. */
export function joinPlace(...parts: readonly string[]): string {
  return normalisePlace(parts.filter(part => part !== '').join('/'));
}

/** Writes a path in one way, so that equal places are equal texts. */
export function normalisePlace(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (part !== '..' || !path.startsWith('/')) kept.push(part);
  }
  return `${path.startsWith('/') ? '/' : ''}${kept.join('/')}` || '.';
}
