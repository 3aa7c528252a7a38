/**
 * A value for every field of `Value`: the compiler reports a field that is forgotten, also an optional one, which may be
 * undefined.
 */
export type EveryField<Value> = {
  readonly [Name in keyof Value]-?: Partial<Pick<Value, Name>> extends Pick<Value, Name>
    ? Value[Name] | undefined
    : Value[Name];
};
