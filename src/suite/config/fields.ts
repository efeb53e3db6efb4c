import type {z} from 'zod';

/** A way to say a value in a flag: plain text, or JSON; lists by repeating the flag, or as one JSON list. */
export type FieldKind = 'text' | 'boolean' | 'list' | 'map' | 'json';

/** A field of a config as a command line has it. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Kind of the items of a list. */
  readonly itemKind: FieldKind | undefined;
  readonly isNullable: boolean;
  readonly description: string | undefined;
}

/** Returns the fields of a config's schema, in its order. */
export function describeFields(schema: z.ZodObject): Field[] {
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  return Object.entries(shape).map(([name, type]) => {
    const {core, description} = unwrap(type);
    const {def} = core._zod;
    const item = 'element' in def && isType(def.element) ? unwrap(def.element).core : undefined;
    return {name, kind: findKind(core), itemKind: item && findKind(item), isNullable: takesNull(type), description};
  });
}

/** Takes defaults, optionals and other wrappers off a type. */
function unwrap(type: z.core.$ZodType): {core: z.core.$ZodType; description: string | undefined} {
  let core = type;
  let description = describe(type);
  for (;;) {
    const {def} = core._zod;
    const inner = 'innerType' in def ? def.innerType : 'in' in def ? def.in : undefined;
    if (!isType(inner)) return {core, description};
    core = inner;
    description ??= describe(core);
  }
}

function describe(type: z.core.$ZodType): string | undefined {
  return 'description' in type && typeof type.description === 'string' ? type.description : undefined;
}

function isType(value: unknown): value is z.core.$ZodType {
  return value !== null && typeof value === 'object' && '_zod' in value;
}

function takesNull(type: z.core.$ZodType): boolean {
  const result = type['~standard'].validate(null);
  return !(result instanceof Promise) && result.issues === undefined;
}

function findKind({_zod: {def, values}}: z.core.$ZodType): FieldKind {
  switch (def.type) {
    case 'string':
    case 'template_literal':
      return 'text';
    case 'enum':
    case 'literal':
      return [...(values ?? [])].every(value => typeof value === 'string') ? 'text' : 'json';
    case 'boolean':
      return 'boolean';
    case 'array':
      return 'list';
    case 'object':
    case 'record':
      return 'map';
    default:
      return 'json';
  }
}
