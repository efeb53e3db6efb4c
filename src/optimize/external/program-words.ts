/** Returns the words of the Python interpreter: `$MAC_PYTHON`, which may hold several, else `python3`. */
export function findPython(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const words = (env['MAC_PYTHON'] ?? '').split(/\s+/).filter(word => word !== '');
  return words.length > 0 ? words : ['python3'];
}

/** Fills `{python}` in a command; a word that is nothing else becomes as many words as it takes. */
export function fillPython(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const python = findPython(env);
  return argv.flatMap(word => (word === '{python}' ? python : [word.replaceAll('{python}', python.join(' '))]));
}
