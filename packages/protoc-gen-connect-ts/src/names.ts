import type { DescFile, DescMethod, DescService } from "@bufbuild/protobuf";

/** The names that are declared for a service. */
export interface ServiceNames {
  readonly specs: string;
  readonly serviceOptions: string;
  readonly client: string;
  readonly createClient: string;
  readonly handler: string;
  readonly unimplementedHandler: string;
  readonly createHandler: string;
}

/** The name of the constant with the options of a file. */
export const fileOptionsName = "fileOptions";

/** Names for all services of a file, each of them once. */
export function namesOfServices(file: DescFile): Map<DescService, ServiceNames> {
  const taken = new Set<string>([fileOptionsName]);
  const claim = (name: string): string => {
    let unique = name;
    // A "$" cannot stand in a name of a schema.
    for (let i = 0; taken.has(unique); i++) {
      unique = i === 0 ? `${name}$` : `${name}$${i}`;
    }
    taken.add(unique);
    return unique;
  };
  const names = new Map<DescService, ServiceNames>();
  for (const service of file.services) {
    const { name } = service;
    const lowerName = name.charAt(0).toLowerCase() + name.slice(1);
    names.set(service, {
      specs: claim(`${lowerName}Specs`),
      serviceOptions: claim(`${lowerName}Options`),
      client: claim(`${name}Client`),
      createClient: claim(`create${name}Client`),
      handler: claim(`${name}Handler`),
      unimplementedHandler: claim(`Unimplemented${name}Handler`),
      createHandler: claim(`create${name}Handler`),
    });
  }
  return names;
}

/** The member of specs, clients and handlers that stands for an RPC. */
export function memberName(method: DescMethod): string {
  const { localName } = method;
  // With "then" an object would be taken for a promise, and be called when it is awaited; the others every object has
  // already. protobuf-es has escaped "constructor", "toString", "toJSON" and "valueOf" in the same way.
  const isReserved = localName === "then" || localName === "__proto__" || Object.hasOwn(Object.prototype, localName);
  return isReserved ? `${localName}$` : localName;
}
