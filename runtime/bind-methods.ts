/** Binds the methods of an object that users hold, so that they work when they are taken out of it: `const { publish } = bus`. */
export function bindMethods<Instance extends object>(instance: Instance): Instance {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(instance));
  for (const name of names) {
    if (name === 'constructor') continue;
    const { value } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(instance), name) ?? {};
    // Tests may still put a method of their own in its place.
    const bound = { writable: true, configurable: true };
    if (typeof value === 'function') Object.defineProperty(instance, name, { ...bound, value: value.bind(instance) });
  }
  return instance;
}
