// @acme/platform: what application repositories import.
export { acme } from "./facts.ts";
export { AcmeGrpcService, type AcmeGrpcServiceProps, AcmeWebService, type AcmeWebServiceProps } from "./web-service.ts";
