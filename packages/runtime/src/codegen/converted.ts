// A file of its own: messages without oneofs and members that are converted leave it out of bundles.
import type { Choice, Converter, Converters } from "./init.js";
import { membersOf } from "./members.js";

/**
 * What converts each member of an init shape, by its name.
 *
 * @param converters - those of the members with a dot, in the same order. A function: messages refer to each other
 */
export function converted(converters: () => readonly Converter[]): (members: string) => Converters {
  return (text) => convertersOf(text, converters());
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
      const { case: name = "", value } = choice as Choice;
      if (!ofOneof.has(name)) return undefined;
      const convert = ofOneof.get(name);
      return { case: name, value: convert === undefined ? value : convert(value) };
    });
  }
  return [...members];
}
