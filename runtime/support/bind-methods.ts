/**
 * Binds the methods of an object that users hold, so that they work when they are taken out of it: `const { publish } = bus`.
 * @param prototype The prototype whose methods are bound. Default: the object's own.
 */
export function bindMethods<Instance extends object>(
  instance: Instance,
  prototype: object = Object.getPrototypeOf(instance) as object,
): Instance {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name === 'constructor') continue;
    const { value } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
    if (typeof value !== 'function') continue;
    // Not enumerable, as on the prototype; writable, so that a test can put a spy in its place.
    Object.defineProperty(instance, name, { value: value.bind(instance), writable: true, configurable: true });
  }
  return instance;
}
