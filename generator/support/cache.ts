/** What was made before, by name: made again once anything that it is made of is another. */
export class Kept<T> {
  readonly #known = new Map<string, { readonly of: readonly unknown[]; readonly made: T }>();

  /** @param of All that `make` goes by: objects that never change, or plain values. */
  get(name: string, of: readonly unknown[], make: () => T): T {
    const known = this.#known.get(name);
    const isSame =
      known !== undefined && known.of.length === of.length && known.of.every((each, at) => each === of[at]);
    if (isSame) return known.made;
    const made = make();
    this.#known.set(name, { of, made });
    return made;
  }
}
