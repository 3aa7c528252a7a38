import { type TSchema, Type } from 'typebox';

/** A schema for each field of `Value`: the compiler reports a missing field and a field that `Value` does not have. */
export type SchemasOf<Value> = { readonly [Name in keyof Value]-?: TSchema };

/** Excludes NUL: PostgreSQL's text cannot contain it. */
const pattern = '^[^\\u0000]*$';

/** A name or an id. */
export const Name = (description: string) => Type.String({ minLength: 1, maxLength: 255, pattern, description });

/** A text to search for. */
export const SearchText = (description: string) => Type.String({ minLength: 1, maxLength: 200, pattern, description });

/** A time in a request or an answer. */
export const Time = (description: string) => Type.String({ format: 'date-time', description });

/** Parameters of a page: its size and where it starts. */
export const paging = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Maximum number of items on the page' }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Cursor from the previous page' })),
};

/** The id of a parked delivery, which is also a cursor. It contains the names of group, handler and type. */
export const ParkedId = (description: string) => Type.String({ minLength: 1, maxLength: 4_000, description });

/** The time range of a search. */
export const timeRange = {
  from: Type.Optional(Time('Start of the range, inclusive')),
  to: Type.Optional(Time('End of the range, inclusive')),
};

export const NextCursor = Type.Optional(
  Type.String({ description: 'Cursor of the next page; absent on the last page' }),
);

/** Every error answer. */
export const ErrorAnswer = Type.Object(
  {
    code: Type.String({ description: 'Stable; docs/admin.md lists them' }),
    message: Type.String(),
    requestId: Type.String({ description: 'Id of the request in the process log' }),
    field: Type.Optional(Type.String({ description: 'The invalid parameter, for example query.limit' })),
    expected: Type.Optional(Type.String({ description: 'What the parameter must be' })),
    nearest: Type.Optional(Type.Array(Type.String(), { description: 'Known names that are similar to the value' })),
    violations: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  },
  { description: 'Why the request failed' },
);

/** Error responses of every route. */
export const errorAnswers = { '4xx': ErrorAnswer, '5xx': ErrorAnswer };
