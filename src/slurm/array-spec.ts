/**
 * The element numbers of a Slurm array specification such as `0-4,7,9-15:3` or `0-9%2`, in its order.
 *
 * @returns undefined when the text is no such specification (squeue cuts long ones, ending them with `...`).
 */
export function parseArraySpec(spec: string): number[] | undefined {
  const list = spec.trim().replace(/%\d+$/, '');
  const elements: number[] = [];
  for (const part of list.split(',')) {
    const match = /^(\d{1,7})(?:-(\d{1,7})(?::(\d{1,7}))?)?$/.exec(part.trim());
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    const step = Number(match[3] ?? 1);
    if (step === 0 || last < first) return undefined;
    for (let element = first; element <= last; element += step) elements.push(element);
  }
  return elements;
}
