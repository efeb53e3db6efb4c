import type {TextCursor} from './text-cursor.ts';

/** At a comma: whether a key in quotes of one kind or the other follows, with its colon. */
export function quotedKeyFollows(cursor: TextCursor): boolean {
  const key = /,\s*(["'])[^"']*\1\s*:/y;
  key.lastIndex = cursor.at;
  return key.test(cursor.text);
}

/** At a comma: whether a key without quotes follows, with its colon and something that can be a value. */
export function bareMemberFollows(cursor: TextCursor): boolean {
  const member = /,\s*[\p{L}\p{N}_-]+\s*:/uy;
  member.lastIndex = cursor.at;
  const found = member.exec(cursor.text);
  return found !== null && isPlausibleValue(cursor, cursor.pastSpaces(found[0].length));
}

/**
 * It begins like a value, or is words up to a closing brace. Words up to a quote are more likely a sentence with a
 * colon in it.
 */
function isPlausibleValue(cursor: TextCursor, offset: number): boolean {
  const start = cursor.text.slice(cursor.at + offset, cursor.at + offset + 6);
  if (/^["'“”\d{[-]/.test(start) || /^(?:true|false|null)(?![\p{L}\p{N}_])/u.test(start)) return true;
  const brace = cursor.find('}', offset);
  return cursor.char(brace) !== '' && brace < cursor.find('"', offset) && brace < cursor.find("'", offset);
}
