/**
 * Requires a value for every field of `Value`: the compiler reports a forgotten field. The value of an optional field may be
 * undefined.
 */
export type EveryField<Value> = {
  readonly [Name in keyof Value]-?: Partial<Pick<Value, Name>> extends Pick<Value, Name>
    ? Value[Name] | undefined
    : Value[Name];
};
