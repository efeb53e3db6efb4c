import {CONTAINER_KEYS, PROFILE_KEYS} from './profile-keys.ts';

/** Every key of a cluster profile as a Markdown table. */
export function profileKeyTable(): string {
  const rows = [
    ...Object.entries(PROFILE_KEYS).map(([key, {about}]) => [key, about]),
    ...Object.entries(CONTAINER_KEYS).map(([key, {about}]) => [`container.${key}`, about]),
  ].map(([key, about]) => `| \`${key}\` | ${about} |`);
  return ['| key | what it is |', '| --- | --- |', ...rows, ''].join('\n');
}
