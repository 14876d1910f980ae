// A file of its own: messages without oneofs and members that are converted leave it out of bundles.
import type { Converter, Converters } from "./init.js";
import { membersOf } from "./members.js";

/**
 * What converts each member of an init shape, by its name.
 *
 * @param converters - those of the members with a dot, in the same order. A function: messages refer to each other
 */
export function converted(converters: () => readonly unknown[]): (members: string) => Converters {
  return (text) => convertersOf(text, converters() as readonly Converter[]);
}

/** The same for a codec with JSON, by the types of all fields. */
export function convertersOfTypes(text: string, types: readonly unknown[]): Converters {
  const [fields = []] = membersOf(text);
  return convertersOf(text, types.filter((_, i) => fields[i]?.[3] === ".") as Converter[]);
}

function convertersOf(text: string, converters: readonly Converter[]): Converters {
  const members = new Map<string, Converter["nested"] | undefined>();
  const [fields = [], oneofs = []] = membersOf(text);
  const cases = oneofs.map(() => new Map<unknown, Converter["nested"] | undefined>());
  let next = 0;
  for (const [, oneof = "", , dot, name = ""] of fields) {
    const convert = dot === "" ? undefined : (converters[next++] as Converter).nested;
    (oneof === "" ? members : (cases[Number(oneof)] as typeof members)).set(name, convert);
  }
  for (const [index, [, , , , name = ""]] of oneofs.entries()) {
    const ofOneof = cases[index] as typeof members;
    members.set(name, (choice) => {
      const { case: name = "", value } = choice as { readonly case?: string; readonly value?: unknown };
      if (!ofOneof.has(name)) return undefined;
      const convert = ofOneof.get(name);
      return { case: name, value: convert === undefined ? value : convert(value) };
    });
  }
  return [...members];
}
