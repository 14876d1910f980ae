// The init types take what those of protobuf-es take, and the other way round.
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type * as edition2023Init from "../golden/editions/v1/edition2023_init.js";
import type * as edition2023 from "../golden/editions/v1/edition2023_pb.js";
import type * as edition2024Init from "../golden/editions/v1/edition2024_init.js";
import type * as edition2024 from "../golden/editions/v1/edition2024_pb.js";
import type * as proto2Init from "../golden/editions/v1/proto2_init.js";
import type * as proto2 from "../golden/editions/v1/proto2_pb.js";
import type * as fieldsInit from "../golden/fields/v1/fields_init.js";
import type * as fields from "../golden/fields/v1/fields_pb.js";
import type * as globalsInit from "../golden/globals/v1/globals_init.js";
import type * as globals from "../golden/globals/v1/globals_pb.js";
import type * as aInit from "../golden/imports/a/v1/a_init.js";
import type * as a from "../golden/imports/a/v1/a_pb.js";
import type * as bInit from "../golden/imports/b/v1/b_init.js";
import type * as b from "../golden/imports/b/v1/b_pb.js";
import type * as kindsInit from "../golden/kinds/v1/kinds_init.js";
import type * as kinds from "../golden/kinds/v1/kinds_pb.js";
import type * as membersInit from "../golden/members/v1/members_init.js";
import type * as members from "../golden/members/v1/members_pb.js";
import type * as optionsInit from "../golden/options/v1/options_init.js";
import type * as options from "../golden/options/v1/options_pb.js";

function sameInit<Init, Schema extends DescMessage>(
  ..._proof: [Init] extends [MessageInitShape<Schema>]
    ? [MessageInitShape<Schema>] extends [Init]
      ? []
      : ["protobuf-es takes more"]
    : ["protobuf-es takes less"]
): void {}

sameInit<edition2023Init.Edition2023RequestInit, typeof edition2023.Edition2023RequestSchema>();
sameInit<edition2024Init.Edition2024RequestInit, typeof edition2024.Edition2024RequestSchema>();
sameInit<edition2024Init.HiddenInit, typeof edition2024.HiddenSchema>();
sameInit<proto2Init.Proto2RequestInit, typeof proto2.Proto2RequestSchema>();
sameInit<proto2Init.Proto2Request_PartInit, typeof proto2.Proto2Request_PartSchema>();
sameInit<proto2Init.Proto2Request_OtherInit, typeof proto2.Proto2Request_OtherSchema>();
sameInit<fieldsInit.FieldsInit, typeof fields.FieldsSchema>();
sameInit<globalsInit.PromiseInit, typeof globals.PromiseSchema>();
sameInit<globalsInit.AsyncIterableInit, typeof globals.AsyncIterableSchema>();
sameInit<globalsInit.ErrorInit, typeof globals.ErrorSchema>();
sameInit<globalsInit.ArrayInit, typeof globals.ArraySchema>();
sameInit<globalsInit.RecordInit, typeof globals.RecordSchema>();
sameInit<globalsInit.Uint8Array$Init, typeof globals.Uint8ArraySchema>();
sameInit<globalsInit.Object$Init, typeof globals.ObjectSchema>();
sameInit<globalsInit.SymbolInit, typeof globals.SymbolSchema>();
sameInit<aInit.MessageInit, typeof a.MessageSchema>();
sameInit<bInit.PlainInit, typeof b.PlainSchema>();
sameInit<bInit.MessageInit, typeof b.MessageSchema>();
sameInit<kindsInit.UnaryRequestInit, typeof kinds.UnaryRequestSchema>();
sameInit<kindsInit.UnaryRequest_NestedInit, typeof kinds.UnaryRequest_NestedSchema>();
sameInit<kindsInit.UnaryRequest_Nested_DeeperInit, typeof kinds.UnaryRequest_Nested_DeeperSchema>();
sameInit<kindsInit.UnaryResponseInit, typeof kinds.UnaryResponseSchema>();
sameInit<membersInit.RequestInit, typeof members.RequestSchema>();
sameInit<membersInit.ResponseInit, typeof members.ResponseSchema>();
sameInit<optionsInit.RuleInit, typeof options.RuleSchema>();
sameInit<optionsInit.Rule_InlineInit, typeof options.Rule_InlineSchema>();
sameInit<optionsInit.ScopeInit, typeof options.ScopeSchema>();

// @ts-expect-error: the check itself can fail
sameInit<{ text?: number }, typeof edition2024.Edition2024RequestSchema>();
