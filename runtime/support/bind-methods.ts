/** Binds the methods of an object that users hold, so that they work when they are taken out of it: `const { publish } = bus`. */
export function bindMethods<Instance extends object>(instance: Instance): Instance {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(instance));
  for (const name of names) {
    if (name === 'constructor') continue;
    const { value } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(instance), name) ?? {};
    if (typeof value !== 'function') continue;
    // Not enumerable, as on the prototype; writable, so that a test can put a spy in its place.
    Object.defineProperty(instance, name, { value: value.bind(instance), writable: true, configurable: true });
  }
  return instance;
}
