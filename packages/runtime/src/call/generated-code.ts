/**
 * What generated code of protoc-gen-connect-ts 0.1 needs this runtime to be. A runtime that is too
 * old for generated code lacks the type that the code names, so that `tsc` says
 * `"@connect-ts/runtime" has no exported member 'RuntimeAtLeast0_1'`: update the runtime then.
 */
export type RuntimeAtLeast0_1<Specs> = Specs;
