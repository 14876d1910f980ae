// A file of its own: browsers leave it out.
import { type DescField, type DescMessage, type DescOneof, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";
import { checkInit, checkMember, misfit } from "./check-init.js";
import { hasMember } from "./es-codec.js";

/** Checks the members of what a message is made of. @throws TypeError for what protobuf-es would make nothing of, or a text */
type CheckMembers = (init: object) => void;
/** Checks an object, or a function, that is the value of a member. */
type CheckValue = (value: object) => void;

const compiled = new WeakMap<DescMessage, CheckMembers>();

function compile(desc: DescMessage): CheckMembers {
  const checks = new Map<string, CheckValue>();
  const check: CheckMembers = (init) => {
    const from = init as { readonly [name: string]: unknown };
    // What is no object is checked where it is encoded. Of a class's objects members may be getters, which `in` does not give.
    const names = Object.getPrototypeOf(init) === Object.prototype ? undefined : checks.keys();
    if (names === undefined) for (const name in from) checkValue(name, from[name]);
    else for (const name of names) checkValue(name, from[name]);
  };
  const checkValue = (name: string, value: unknown): void => {
    if (isObject(value)) checks.get(name)?.(value);
  };
  // First of all: a message type may contain itself.
  compiled.set(desc, check);
  for (const member of desc.members) {
    // What every object has is no member.
    if (member.localName in Object.prototype) continue;
    checks.set(member.localName, member.kind === "oneof" ? checkOneof(member) : checkField(member));
  }
  return check;
}

function checkOneof({ fields, parent, localName }: DescOneof): CheckValue {
  const cases = new Map(fields.map((field) => [field.localName as unknown, checkItem(field)]));
  return (choice) => {
    checkMember(choice, parent.typeName, localName);
    const { case: name, value } = choice as { readonly case?: unknown; readonly value?: unknown };
    if (isObject(value)) cases.get(name)?.(value);
  };
}

function checkField(field: DescField): CheckValue {
  const { localName, parent } = field;
  const { typeName } = parent;
  const item = checkItem(field);
  switch (field.fieldKind) {
    case "list":
      return (list) => {
        // A typed array does for a list of numbers.
        if (!Array.isArray(list) && !ArrayBuffer.isView(list)) throw misfit(list, typeName, localName);
        if (Array.isArray(list)) for (const value of list) if (isObject(value)) item(value);
      };
    case "map":
      return (map) => {
        checkMember(map, typeName, localName);
        for (const value of Object.values(map)) if (isObject(value)) item(value);
      };
    case "message":
      return (value) => {
        checkMember(value, typeName, localName);
        item(value);
      };
    default:
      return item;
  }
}

/** Checks an object that is a single value of a field. */
function checkItem(field: DescField): CheckValue {
  const { localName, parent, message } = field;
  const refuse = (value: object): void => {
    throw misfit(value, parent.typeName, localName);
  };
  const refuseNoBytes = (value: object): void => {
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) refuse(value);
  };
  if (message === undefined) return field.scalar === ScalarType.BYTES ? refuseNoBytes : refuse;
  // The value itself stands for its wrapper, and an object of JSON for a Struct.
  if (field.fieldKind === "message" && field.oneof === undefined && isWrapperDesc(message))
    return message.fields[0].scalar === ScalarType.BYTES ? refuseNoBytes : refuse;
  if (message.typeName === "google.protobuf.Struct" && parent.typeName !== "google.protobuf.Value")
    return (value) => checkMember(value, parent.typeName, localName);
  return (value) => {
    if ((value as { readonly $typeName?: unknown }).$typeName === message.typeName) return;
    checkEsInit(message, value);
  };
}

/** @throws TypeError for what is no init shape of a type, and for members that are none of theirs */
export function checkEsInit(desc: DescMessage, init: object): void {
  checkInit(init, desc.typeName, (record) => hasMember(desc, record));
  (compiled.get(desc) ?? compile(desc))(init);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
