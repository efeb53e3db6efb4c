/** Files that begin with these bytes, and what to do with them. */
const SIGNATURES: readonly (readonly [bytes: readonly number[], message: string])[] = [
  [[0x1f, 0x8b], 'a gzip file, expected JSONL: gunzip it'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a zstd file, expected JSONL: unzstd it'],
  [[0x42, 0x5a, 0x68], 'a bzip2 file, expected JSONL: bunzip2 it'],
  [
    [0x50, 0x4b, 0x03, 0x04],
    'an Excel workbook or a zip archive, expected JSONL: unpack it, or export it as one JSON object a line',
  ],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an Excel workbook, expected JSONL: export it as one JSON object a line'],
  [
    [0x50, 0x41, 0x52, 0x31],
    "a Parquet file, expected JSONL: duckdb -c \"COPY (FROM 'FILE') TO 'NEW.jsonl' (FORMAT json)\"",
  ],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'an SQLite database, expected JSONL'],
  [[0xff, 0xfe], 'UTF-16 text, expected UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW'],
  [[0xfe, 0xff], 'UTF-16 text, expected UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW'],
];

/**
 * Describes a file that is recognisably of another kind than JSONL, with the way to make it one; undefined for JSONL
 * and for what is just damaged.
 */
export function describeForeignFormat(bytes: Uint8Array): string | undefined {
  const known = SIGNATURES.find(([signature]) => signature.every((byte, i) => bytes[i] === byte));
  if (known) return `found ${known[1]}`;
  // A pickle begins with its protocol.
  if (bytes[0] === 0x80 && (bytes[1] ?? 9) <= 5) return 'found a Python pickle, expected JSONL';
  if (bytes.length > 3 && bytes[1] === 0 && bytes[3] === 0) {
    return 'found UTF-16 text, expected UTF-8: iconv -f UTF-16LE -t UTF-8 FILE > NEW';
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    return 'the file is not UTF-8 text: if it is Latin-1, iconv -f LATIN1 -t UTF-8 FILE > NEW';
  }
  const found = describeText(text.trim());
  return found === undefined ? undefined : `found ${found}`;
}

function describeText(text: string): string | undefined {
  const [first = '', ...more] = text.split(/\r?\n/, 50);
  if (text === '') return undefined;
  const firstValue = parse(first);
  if (isObject(firstValue)) return more.length === 0 ? describeWrapped(firstValue) : undefined;
  if (first.startsWith('version https://git-lfs')) return 'a pointer of Git LFS, expected JSONL: git lfs pull';
  if (/^<(?:!doctype|html|\?xml)/i.test(first))
    return 'a page of HTML or XML, expected JSONL: the download went wrong?';
  const whole = parse(text);
  if (Array.isArray(whole)) {
    return `a JSON array of ${whole.length}, expected JSONL, one object a line: jq -c '.[]' FILE > NEW.jsonl`;
  }
  if (isObject(whole)) return describeObject(whole);
  if (first.endsWith(',') && isObject(parse(first.slice(0, -1)))) {
    return "commas after the lines' objects, expected JSONL, nothing between them: sed 's/,$//' FILE > NEW.jsonl";
  }
  // Lines that are lists by themselves are no array.
  if (first.startsWith('[') && (more.length === 0 || parse(first) === undefined)) {
    return "a JSON array that is damaged, expected JSONL, one object a line: mend it, then jq -c '.[]' FILE > NEW.jsonl";
  }
  if (/^\{\s*(?:"[^"]*"\s*:.*)?,?$/.test(first) && more.some(line => /^\s+"/.test(line))) {
    return 'JSON objects over several lines, expected JSONL, each on one: jq -c . FILE > NEW.jsonl';
  }
  if (/^\{\s*'[^']*'\s*:/.test(first)) {
    return 'Python\'s dictionaries, expected JSONL, which quotes with ": json.dumps(row) for each line';
  }
  if (/^- [\w-]+:/.test(first)) return 'YAML, expected JSONL: export it as one JSON object a line';
  return describeTable(first, more);
}

/** Describes a file of one line that holds the list of questions below a key. */
function describeWrapped(whole: Readonly<Record<string, unknown>>): string | undefined {
  return 'question' in whole || !findList(whole) ? undefined : describeObject(whole, 'with all rows below a key');
}

function findList(whole: Readonly<Record<string, unknown>>): [string, unknown] | undefined {
  return Object.entries(whole).find(([, value]) => Array.isArray(value) && value.some(isObject));
}

function describeObject(whole: Readonly<Record<string, unknown>>, form = 'over several lines'): string {
  const list = findList(whole);
  const filter = list && !('question' in whole) ? `'.${JSON.stringify(list[0])}[]'` : '.';
  return `one JSON object ${form}, expected JSONL, one object a line: jq -c ${filter} FILE > NEW.jsonl`;
}

/** Recognises a table: a first line of names with separators, and lines below that have them too. */
function describeTable(first: string, more: readonly string[]): string | undefined {
  if (/[{}[\]]/.test(first)) return undefined;
  for (const [separator, kind] of [
    ['\t', 'a TSV table'],
    [',', 'a CSV table'],
    [';', 'a CSV table with semicolons'],
  ] as const) {
    const columns = first.split(separator).map(name => name.replace(/^\s*"?|"?\s*$/g, ''));
    if (columns.length < 2 || columns.some(name => name === '' || name.length > 60)) continue;
    if (!more.some(line => line.includes(separator))) continue;
    const names = columns.slice(0, 6).join(', ') + (columns.length > 6 ? ', …' : '');
    return `${kind} (${names}), expected JSONL, one JSON object a line with the fields of docs/formats.md: duckdb -c "COPY (FROM read_csv('FILE')) TO 'NEW.jsonl' (FORMAT json)" converts rows as they are`;
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
