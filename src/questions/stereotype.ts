import type {Question} from './question.ts';

/** The text of the choice that names a stereotyped group (BBQ's `stereotyped_groups`); null where the data do not say. */
export function stereotypedText(question: Question): string | null {
  const metadata = question.source_metadata as
    | {answer_info?: Record<string, [string, string] | undefined>; additional_metadata?: {stereotyped_groups?: unknown}}
    | undefined;
  const groups = metadata?.additional_metadata?.stereotyped_groups;
  if (!Array.isArray(groups)) return null;
  const names = groups.map(group => String(group).toLowerCase());
  const position = question.choices.findIndex((_choice, i) => {
    const group = metadata?.answer_info?.[`ans${i}`]?.[1];
    return group !== undefined && group !== 'unknown' && names.includes(group.toLowerCase());
  });
  return question.choices[position]?.text ?? null;
}
