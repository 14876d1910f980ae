import type { GenEnum, GenExtension, GenFile, GenMessage } from "@bufbuild/protobuf/codegenv2";
import type { MethodOptions, ServiceOptions } from "@bufbuild/protobuf/wkt";
import type { Message, UnknownEnum } from "@bufbuild/protobuf";
/**
 * Describes the file ping/v1/options.proto.
 */
export declare const file_ping_v1_options: GenFile;
/**
 * Access says what a caller needs.
 *
 * @generated from message ping.v1.Access
 */
export type Access = Message<"ping.v1.Access"> & {
    /**
     * @generated from field: repeated string roles = 1;
     */
    roles: string[];
    /**
     * @generated from field: bool audited = 2;
     */
    audited: boolean;
};
/**
 * Describes the message ping.v1.Access.
 * Use `create(AccessSchema)` to create a new message.
 */
export declare const AccessSchema: GenMessage<Access>;
/**
 * Who may call a method.
 *
 * @generated from enum ping.v1.Visibility
 */
export declare const Visibility: {
    /**
     * @generated from enum value: VISIBILITY_UNSPECIFIED = 0;
     */
    readonly UNSPECIFIED: 0;
    /**
     * @generated from enum value: VISIBILITY_PUBLIC = 1;
     */
    readonly PUBLIC: 1;
    /**
     * @generated from enum value: VISIBILITY_INTERNAL = 2;
     */
    readonly INTERNAL: 2;
};
/**
 * Who may call a method.
 *
 * @generated from enum ping.v1.Visibility
 */
export type Visibility = (typeof Visibility)[keyof typeof Visibility] | UnknownEnum;
/**
 * Describes the enum ping.v1.Visibility.
 */
export declare const VisibilitySchema: GenEnum<Visibility>;
/**
 * Visibility of a method.
 *
 * @generated from extension: ping.v1.Visibility visibility = 50001;
 */
export declare const visibility: GenExtension<MethodOptions, Visibility>;
/**
 * What a caller of a method needs.
 *
 * @generated from extension: ping.v1.Access access = 50002;
 */
export declare const access: GenExtension<MethodOptions, Access>;
/**
 * The team that owns a service.
 *
 * @generated from extension: string owner = 50001;
 */
export declare const owner: GenExtension<ServiceOptions, string>;
