import {shellQuote} from '../../core/shell-quote.ts';
import {DEFAULT_DRAWS} from '../metrics/estimate.ts';
import type {Asked} from './read-report.ts';

/**
 * What is typed to see the effects of a factor as the page has them: options stand there where they are not the
 * default.
 */
export function compareCommand(
  {factor, baseline}: {readonly factor: string; readonly baseline: string | null},
  {of, unit, draws}: Asked,
): string {
  const words = [
    ...['mac', 'compare', '--factor', factor],
    ...(baseline === null ? [] : ['--baseline', baseline]),
    ...['--of', of],
    ...(unit === 'agent' ? [] : ['--unit', unit]),
    ...(draws === DEFAULT_DRAWS ? [] : ['--draws', String(draws)]),
  ];
  return words.map(shellQuote).join(' ');
}
