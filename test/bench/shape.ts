// What is measured: services of ten objects each, in one scope or in many.

export interface Shape {
  readonly services: number;
  /** `few`: all services in one scope. `many`: each in one of its own. */
  readonly scopes: "few" | "many";
  /** Spreads the services over this many scopes, each of which depends on the one before. */
  readonly layers?: number | undefined;
  /** Whether layers depend on each other. @default true */
  readonly edges?: boolean | undefined;
}

export const OBJECTS_PER_SERVICE = 10;

/** `service-0042` */
export function serviceName(index: number): string {
  return `service-${String(index).padStart(4, "0")}`;
}

/** A file that every service has. */
export const CONFIG = "log:\n  level: info\nlimits:\n  connections: 100\n";
