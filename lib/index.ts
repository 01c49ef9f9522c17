// The public surface, and nothing else. The first line lets `run` find what deploys, which `platform/` may not import.
import "./deploy/register";

export type { KubeObject, Patch } from "./core/amend";
export { CloudHandle, type CreateResource } from "./core/cloud";
export { Component, type ComponentProps } from "./core/component";
export { type ConstructClass, Default, defaultsFor, type PropsOf, withDefaults } from "./core/defaults";
export { FlagstoneError } from "./core/errors";
export type { Finding, Problem, Severity, SourceLocation } from "./core/findings";
export type { Contract } from "./core/host";
export { Field, Ref } from "./core/refs";
export type {
  AwsProps,
  BuiltinTier,
  ClusterConnection,
  ClusterRef,
  Delivery,
  Group,
  Named,
  Placement,
} from "./core/scope";
export { type OutputValue, Token } from "./core/tokens";
export type { Bytes, Cpu, Duration, Percent } from "./core/units";
export { Cluster, type KubeconfigProps } from "./clusters/cluster";
export { Application, type ApplicationProps } from "./platform/application";
export { Environment } from "./platform/environment";
export {
  type ClusterFacts,
  type Defaults,
  definePlatform,
  type EnvironmentFacts,
  type Names,
  type PlatformDefinition,
  type PlatformFacts,
  type TenantFacts,
  type TierFacts,
} from "./platform/facts";
export { Platform, type PlatformProps } from "./platform/platform";
export { type Define, type EnvironmentProps, Program } from "./platform/program";
export type { SelectKey } from "./platform/select";
export { Tenant, type TenantProps } from "./platform/tenant";
export { type Endpoint, withEndpoints } from "./workloads/endpoints";
export type {
  AbsolutePath,
  Compute,
  ContainerProps,
  DisruptionBudget,
  EndpointProps,
  FileContent,
  Health,
  HealthByPurpose,
  PodCount,
  Probe,
  ProbeShorthand,
  ProbeTiming,
  Protocol,
  Replicas,
  Rollout,
  SizeName,
  Transform,
  Transforms,
  Value,
  WorkloadProps,
} from "./workloads/types";
export { WebService, type WebServiceChild, type WebServiceProps } from "./workloads/web-service";
export { Workload } from "./workloads/workload";
export type { Without } from "./core/types";
