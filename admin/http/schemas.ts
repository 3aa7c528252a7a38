import { type TSchema, Type } from 'typebox';

/** A schema for each field of `Value`: the compiler reports one that is missing and one that `Value` does not have. */
export type SchemasOf<Value> = { readonly [Name in keyof Value]-?: TSchema };

/** No NUL: PostgreSQL's text has none, so that nothing would be found by it. */
const pattern = '^[^\\u0000]*$';

/** A name, an id: what columns are searched by. */
export const Name = (description: string) => Type.String({ minLength: 1, maxLength: 255, pattern, description });

/** Words to search for. */
export const SearchText = (description: string) => Type.String({ minLength: 1, maxLength: 200, pattern, description });

/** A time in a request or an answer. */
export const Time = (description: string) => Type.String({ format: 'date-time', description });

/** How many items a page has, and where it starts. */
export const paging = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Items on the page at most' }),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'The cursor of the page before' })),
};

/** The id of a parked delivery, which is also the cursor of a page of them: it holds the names of group, handler and type. */
export const ParkedId = (description: string) => Type.String({ minLength: 1, maxLength: 4_000, description });

/** The range of a search. */
export const timeRange = {
  from: Type.Optional(Time('The first time, inclusive')),
  to: Type.Optional(Time('The last time, inclusive')),
};

export const NextCursor = Type.Optional(Type.String({ description: 'For the next page; absent on the last' }));

/** The form of every error. */
export const ErrorAnswer = Type.Object(
  {
    code: Type.String({ description: 'Stable; docs/admin.md lists them' }),
    message: Type.String(),
    requestId: Type.String({ description: 'Id of the request in the process log' }),
    field: Type.Optional(Type.String({ description: 'The parameter at fault, such as query.limit' })),
    expected: Type.Optional(Type.String({ description: 'What was expected of it' })),
    nearest: Type.Optional(Type.Array(Type.String(), { description: 'Known names near the one given' })),
    violations: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  },
  { description: 'What went wrong' },
);

/** Responses that any route may give beside its good one. */
export const errorAnswers = { '4xx': ErrorAnswer, '5xx': ErrorAnswer };
