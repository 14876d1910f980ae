import type { DescMethod } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import { memberName } from "./names.js";
import { hasCodecs } from "./options.js";
import { runtimeType, runtimeValue } from "./runtime.js";
import type { ServiceScope } from "./service-scope.js";

/** Prints the handler interface of a service, a base class for it, and what makes it a service to mount. */
export function printHandler(scope: ServiceScope): void {
  if (scope.printer.types) {
    printInterface(scope);
  }
  printUnimplemented(scope);
  printConstructor(scope);
}

function printInterface(scope: ServiceScope): void {
  const { printer, service, names } = scope;
  printer.print(printer.file.jsDoc(service));
  // What is not used must begin with "_", or `noUnusedParameters` refuses it.
  const unused = service.methods.length === 0 ? "_" : "";
  printer.print(printer.export("interface", names.handler), contextParameter(scope, unused), " {");
  for (const [index, method] of service.methods.entries()) {
    if (index > 0) {
      printer.print();
    }
    const { requests, responses } = handlerTypes(scope, method);
    const request = isClientStreaming(method) ? "requests" : "request";
    printer.print(printer.file.jsDoc(method, "  "));
    printer.print(
      "  ",
      memberName(method),
      `: (${request}: `,
      requests,
      ", context: ",
      printer.local("Context"),
      ") => ",
      responses,
      ";",
    );
  }
  printer.print("}");
  printer.print();
}

function printUnimplemented(scope: ServiceScope): void {
  const { printer, service, names } = scope;
  const context = printer.local("Context");
  printer.print(
    printer.file.jsDoc(
      `Answers \`unimplemented\` to every RPC of ${service.name}. In a class that extends it, a new RPC in the schema does not break the build.${deprecation(scope)}`,
    ),
  );
  printer.print(
    printer.export("class", names.unimplementedHandler),
    printer.type(contextParameter(scope), " implements ", names.handler, "<", context, ">"),
    " {",
  );
  for (const method of service.methods) {
    const member = memberName(method);
    const { requests, responses } = handlerTypes(scope, method);
    const request = isClientStreaming(method) ? "_requests" : "_request";
    const parameters = printer.type(request, ": ", requests, ", _context: ", context);
    printer.print("  ", member, "(", parameters, ")", printer.type(": ", responses), printer.values ? " {" : ";");
    if (printer.values) {
      printer.print("    return ", runtimeValue(printer, "unimplemented"), "(", names.specs, ".", member, ");");
      printer.print("  }");
    }
  }
  printer.print("}");
  printer.print();
}

function printConstructor(scope: ServiceScope): void {
  const { printer, service, names } = scope;
  const { file } = printer;
  const context = printer.local("Context");
  const handler = printer.local("service");
  const options = printer.local("options");
  const result = printer.type(": ", runtimeType(printer, "ServiceHandler"));
  // The type is in the overloads. Comparing it to theirs would cost the type checker more than all the rest of them.
  const implementation = printer.type(": object");
  const handlerOptions = printer.type("?: ", runtimeType(printer, "HandlerOptions"));
  const declaration = printer.export("function", names.createHandler);

  const text = `Makes a service to mount from an implementation of ${service.name}.`;
  printer.print(file.jsDoc(`${text}${deprecation(scope)}`));
  if (printer.types) {
    printer.print(declaration, "(", handler, ": ", names.handler, ", ", options, handlerOptions, ")", result, ";");
    printer.print(
      file.jsDoc(`${text} \`options.context\` makes the context that its handlers need.${deprecation(scope)}`),
    );
    printer.print(
      declaration,
      "<",
      context,
      " extends ",
      runtimeType(printer, "HandlerContext"),
      ">(",
      handler,
      ": ",
      names.handler,
      "<",
      context,
      ">, ",
      options,
      ": ",
      runtimeType(printer, "ContextHandlerOptions"),
      "<",
      context,
      ">)",
      result,
      ";",
    );
  }
  if (printer.values) {
    printer.print(declaration, "(", handler, implementation, ", ", options, handlerOptions, ")", result, " {");
    const create = runtimeValue(printer, "createServiceHandler");
    printer.print("  return ", create, "(", descriptor(scope), ", ", names.specs, ", ", handler, ", ", options, ");");
    printer.print("}");
  }
  printer.print();
}

/**
 * The descriptor of a service, or how to import it: generated codecs do without descriptors, and so does a program until
 * something asks for one.
 */
function descriptor({ printer, service, imports, codecs }: ServiceScope): Printable {
  const { file } = printer;
  const path = hasCodecs(codecs) ? imports.pathOfSchema(printer, service) : undefined;
  const schema = file.importSchema(service);
  if (path === undefined) return schema;
  const load = ["() => import(", file.string(path), ").then((file) => file.", schema.name, ")"];
  return ["{ typeName: ", file.string(service.typeName), ", load: ", load, " }"];
}

function deprecation({ service }: ServiceScope): string {
  return service.deprecated ? "\n@deprecated" : "";
}

function contextParameter({ printer }: ServiceScope, prefix = ""): Printable {
  const base = runtimeType(printer, "HandlerContext");
  return ["<", prefix, printer.local("Context"), " extends ", base, " = ", base, ">"];
}

function isClientStreaming(method: DescMethod): boolean {
  return method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
}

function handlerTypes(scope: ServiceScope, method: DescMethod): { requests: Printable; responses: Printable } {
  const { printer, imports, asyncIterable } = scope;
  const input = imports.shape(printer, method.input);
  const output = imports.init(printer, method.output);
  const streamsOut = method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming";
  return {
    requests: isClientStreaming(method) ? [`${asyncIterable}<`, input, ">"] : input,
    responses: [streamsOut ? asyncIterable : runtimeType(printer, "Awaitable"), "<", output, ">"],
  };
}
