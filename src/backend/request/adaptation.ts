import type {ModelDefinition} from '../../core/task-config.ts';
import {shapeRequest, type Body} from './shape-request.ts';

/** Changes to all requests to a model, learned from its server's refusals. Never changed in place. */
export interface Lessons {
  readonly systemRole: boolean;
  readonly rename: Readonly<Record<string, string>>;
  /** Fields that are not sent any more, with the server's words. */
  readonly notSent: Readonly<Record<string, string>>;
}

/** A refusal that may be about the form of a request. */
export interface Refusal {
  readonly status: number;
  /** Unshortened: the line of a trace that matters is its last. */
  readonly words: string;
  readonly body: Body;
}

/** A change of all further requests, and what to tell the user of it. */
export interface Lesson {
  readonly lessons: Lessons;
  readonly notice: string;
}

/** Words of chat templates and servers without a system role. Nothing else in our messages could be meant. */
const NO_SYSTEM_ROLE =
  /system role (?:is )?not supported|only user(?: and|,) (?:assistant|model) roles are supported|conversation roles must alternate|(?:system|developer) (?:instruction|message|prompt|role)s? (?:is|are) not (?:enabled|supported|allowed)|does(?: not|n't) support (?:the )?['"`]?(?:system|developer)['"`]? (?:role|message|prompt|instruction)|unsupported (?:value|role).{0,60}['"`](?:system|developer)['"`]|messages\[0\]\.role.{0,60}(?:system|developer)/i;

/** Refusals of a field by its name. */
const REFUSES_FIELD =
  /unsupported (?:parameter|field|argument|option)|(?:parameter|field|argument|option|property)s? .{0,60}(?:not supported|unsupported|not allowed|not permitted|unexpected)|unknown (?:name|field|parameter|argument|property|key)|unrecogni[sz]ed|unexpected (?:keyword|field|argument|parameter|property)|was unexpected|extra (?:inputs|fields)|extra_forbidden|cannot find field|additional properties/i;

/** Refusals that name a field, or its value, in other words. */
const REFUSES =
  /unsupported|not supported|does(?: not|n't) support|not available|unavailable|not enabled|not permitted|not allowed|only the default/i;

/** Statuses that speak of something else than the request's form. */
const UNRELATED_STATUSES = new Set([401, 402, 403, 408, 409, 429, 503, 504]);

/** Without these a request is none, or not the one that was planned. */
const REQUIRED_FIELDS = ['model', 'messages', 'system', 'prompt', 'stream', 'options', 'truncate', 'shift'];

const LIMITS: Readonly<Record<string, string>> = {
  max_tokens: 'max_completion_tokens',
  max_completion_tokens: 'max_tokens',
};

/** A server counts the token that ends a reply, or not. */
const COUNT_TOLERANCE = 2;

/** Fields that servers name by their value. */
const ALIASES: readonly (readonly [field: string, words: RegExp])[] = [
  ['response_format', /json_object|json_schema|json mode|structured outputs?|response format|guided[_ ]/i],
  ['chat_template_kwargs', /chat template kwargs|enable_thinking/i],
];

const NO_LESSONS: Lessons = {systemRole: true, rename: {}, notSent: {}};

export function firstLessons({system_role}: ModelDefinition): Lessons {
  return system_role === 'fold' ? {...NO_LESSONS, systemRole: false} : NO_LESSONS;
}

/** Applies what was learned to a body. */
export function applyLessons(body: Body, {rename, notSent}: Lessons): Body {
  const drop = Object.keys(notSent);
  return drop.length === 0 && Object.keys(rename).length === 0 ? body : shapeRequest(body, {rename, drop});
}

/** Returns the fields that the record shows beside those that were sent. */
export function recordedLessons({systemRole, notSent}: Lessons): object {
  return {
    ...(systemRole ? {} : {system_role: 'fold'}),
    ...(Object.keys(notSent).length === 0 ? {} : {not_sent: notSent}),
  };
}

/** Learns from a refusal that names the system role. */
export function learnRole({words}: Refusal, lessons: Lessons, {system_role: role}: ModelDefinition): Lesson | null {
  if (!lessons.systemRole || role === 'yes' || !NO_SYSTEM_ROLE.test(words)) return null;
  return {lessons: {...lessons, systemRole: false}, notice: foldNotice(words)};
}

export function foldNotice(words: string): string {
  return `the server takes no system message (${quote(words)}): its text stands before the user's from now on, as with system_role: fold`;
}

/** Learns from a refusal that names a field: each field is renamed or dropped once, never both. */
export function learnField({status, words, body}: Refusal, lessons: Lessons): Lesson | null {
  if (UNRELATED_STATUSES.has(status) || !(REFUSES.test(words) || REFUSES_FIELD.test(words))) return null;
  const field = namedField(words, body);
  if (field === undefined) return null;
  const other = LIMITS[field];
  return other === undefined ? drop(field, words, lessons) : rename(field, other, {words, lessons});
}

/**
 * Learns from a reply that is longer than it may be: servers that do not know `max_completion_tokens` ignore it without
 * a word.
 */
export function learnLimit(body: Body, tokens: number, lessons: Lessons): Lesson | null {
  const limit = body['max_completion_tokens'];
  if (typeof limit !== 'number' || tokens <= limit + COUNT_TOLERANCE) return null;
  if (Object.keys(lessons.rename).some(name => name in LIMITS)) return null;
  return {
    lessons: {...lessons, rename: {...lessons.rename, max_completion_tokens: 'max_tokens'}},
    notice: `the server ignores max_completion_tokens (${tokens} tokens came, ${limit} were allowed): max_tokens is sent in its place from now on, as with request.rename`,
  };
}

function rename(
  field: string,
  other: string,
  {words, lessons}: {readonly words: string; readonly lessons: Lessons},
): Lesson | null {
  const isAboutName = REFUSES_FIELD.test(words) || mentions(words, other);
  if (!isAboutName || lessons.rename[other] !== undefined) return null;
  return {
    lessons: {...lessons, rename: {...lessons.rename, [field]: other}},
    notice: `the server refuses ${field} (${quote(words)}): ${other} is sent in its place from now on, as with request.rename`,
  };
}

function drop(field: string, words: string, lessons: Lessons): Lesson {
  return {
    lessons: {...lessons, notSent: {...lessons.notSent, [field]: quote(words)}},
    notice: `the server refuses ${field} (${quote(words)}): it is not sent from now on, so what the config says of it has no effect on this model; request.drop says so in the config`,
  };
}

/**
 * Returns the field of a request that a refusal names; undefined where it names two, which leaves no choice. A field
 * that the request does not have, such as one offered instead, is not counted.
 */
function namedField(words: string, body: Body): string | undefined {
  const sent = Object.keys(body).filter(name => body[name] !== undefined && !REQUIRED_FIELDS.includes(name));
  const named = sent.filter(name => mentions(words, name));
  if (named.length === 1) return named[0];
  if (named.length > 1) return undefined;
  return ALIASES.find(([field, pattern]) => sent.includes(field) && pattern.test(words))?.[0];
}

function mentions(words: string, name: string): boolean {
  return new RegExp(`(?<![\\w])${name.replace(/[^\w]/g, '\\$&')}(?![\\w])`).test(words);
}

function quote(words: string): string {
  const line = words.replace(/\s+/g, ' ').trim();
  return `"${line.length > 160 ? `…${line.slice(-160)}` : line}"`;
}
