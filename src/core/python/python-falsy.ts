/**
 * Returns whether a JSON value counts as false in Python: null, false, 0, and texts, lists and mappings that are empty.
 */
export function isPythonFalsy(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
