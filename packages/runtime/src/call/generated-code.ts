// A file of its own: generated code alone names it, to tell a runtime that is too old.

/**
 * What generated code of protoc-gen-connect-ts 0.1 needs this runtime to be. A runtime that is too
 * old for generated code lacks the type that the code names, so that `tsc` says
 * `"@connect-ts/runtime/codegen" has no exported member 'RuntimeAtLeast0_1'`: update the runtime then.
 */
export type RuntimeAtLeast0_1<Specs> = Specs;
