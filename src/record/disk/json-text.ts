/**
 * Renders JSON as in the older system's files: two spaces of indent, everything beyond ASCII escaped, no newline at the
 * end, so that tools that compared its files can compare ours.
 */
export function renderJson(value: unknown): string {
  return escapeNonAscii(withoutLoneSurrogates(JSON.stringify(value, null, 2)));
}

/**
 * Renders one line of a JSONL file without its newline: `", "` and `": "` between parts, everything beyond ASCII
 * escaped.
 */
export function renderJsonLine(value: unknown): string {
  return escapeNonAscii(withoutLoneSurrogates(renderCompact(value)));
}

/**
 * Replaces lone surrogates, which JSON.stringify writes as escapes (`\\ud83d`), by U+FFFD: many readers of JSON refuse
 * a whole file for one. Such an escape that a model wrote has its backslash doubled in texts, and stays.
 */
function withoutLoneSurrogates(json: string): string {
  if (!json.includes('\\ud')) return json;
  return json.replace(/(\\+)ud[89a-f][0-9a-f]{2}/g, (escape, slashes: string) =>
    slashes.length % 2 === 0 ? escape : `${slashes}ufffd`,
  );
}

function escapeNonAscii(text: string): string {
  // DEL and beyond; JSON.stringify has escaped the control characters. The test keeps the common case, plain ASCII, at
  // one scan.
  if (!/[\x7f-\uffff]/.test(text)) return text;
  return text.replace(/[\u0080-\uffff]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function renderCompact(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(item => renderCompact(item ?? null)).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const parts: string[] = [];
    for (const [key, member] of Object.entries(value)) {
      if (member !== undefined) parts.push(`${JSON.stringify(key)}: ${renderCompact(member)}`);
    }
    return `{${parts.join(', ')}}`;
  }
  return JSON.stringify(value);
}
