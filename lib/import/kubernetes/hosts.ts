import { isIP } from "node:net";

/** A place that a text says something is at. */
export interface OutsideAddress {
  readonly scheme: string | undefined;
  readonly host: string;
  /** Undefined where neither the text nor its scheme says it. */
  readonly port: number | undefined;
}

// https://www.iana.org/assignments/service-names-port-numbers
const PORTS: Readonly<Record<string, number>> = {
  ...{ http: 80, https: 443, ws: 80, wss: 443, grpc: 80, grpcs: 443, smtp: 25, smtps: 465, ldap: 389, ldaps: 636 },
  ...{ postgres: 5432, postgresql: 5432, mysql: 3306, mariadb: 3306, sqlserver: 1433, mongodb: 27_017 },
  ...{ "mongodb+srv": 27_017, redis: 6379, rediss: 6379, memcached: 11_211, amqp: 5672, amqps: 5671, nats: 4222 },
  ...{ kafka: 9092, mqtt: 1883, mqtts: 8883, ssh: 22, sftp: 22, ftp: 21 },
};
const URL = /([a-z][a-z0-9+.-]*):\/\/(?:[^\s/@'"]*@)?([^\s/?#'"]+)/gi;
const NAME = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const HOST_AND_PORT = new RegExp(
  `(?<![\\w./@:$-])(?<host>${NAME}(?:\\.${NAME})*):(?<port>\\d{2,5})(?![\\w.:@-])`,
  "gi",
);
/** Below it, a name and a number may be the tag of an image, or anything else. */
const FIRST_PORT_OF_NAMES = 1024;

/** Places that a text names: in URLs, also of several hosts, and as a host with its port. */
export function addressesOf(text: string): OutsideAddress[] {
  const urls = [...text.matchAll(URL)].flatMap(([, given = "", authority = ""]) => {
    const scheme = given.toLowerCase();
    return authority.split(",").flatMap((part): OutsideAddress[] => {
      const [, host = "", port] = /^([a-z0-9.-]+?)\.?(?::(\d{1,5}))?$/i.exec(part) ?? [];
      const number = port === undefined ? PORTS[scheme] : Number(port);
      return isHost(host) && number !== undefined ? [{ scheme, host: host.toLowerCase(), port: number }] : [];
    });
  });
  const plain = [...text.replace(URL, " ").matchAll(HOST_AND_PORT)].flatMap(({ groups = {} }): OutsideAddress[] => {
    const host = (groups["host"] ?? "").toLowerCase();
    const port = Number(groups["port"]);
    const isPlace = host.includes(".") ? isHost(host) : /[a-z]/.test(host) && port >= FIRST_PORT_OF_NAMES;
    return isPlace && port <= 65_535 ? [{ scheme: undefined, host, port }] : [];
  });
  return [...urls, ...plain];
}

function isHost(text: string): boolean {
  return isIP(text) === 4 || new RegExp(`^(?:${NAME}\\.)*[a-z](?:[-a-z0-9]*[a-z0-9])?$`, "i").test(text);
}

/** Variables that hold nothing but a host; others of such names say who may call, or where the program itself listens. */
const HOST_VARIABLE = /(?:^|_)(?:HOST|HOSTNAME|ADDR|ADDRESS|SERVER|ENDPOINT|BROKER)$/i;
const NO_TARGET = /IMAGE|ALLOW|PUBLIC|EXTERNAL|LISTEN|BIND|VIRTUAL|COOKIE|CORS|ORIGIN/i;

/** Places that variables name, each with the variables that do. */
export function addressesOfVariables(variables: ReadonlyMap<string, string>): Map<string, OutsideAddress[]> {
  const found = new Map<string, OutsideAddress[]>();
  for (const [name, text] of variables) {
    if (NO_TARGET.test(name)) continue;
    const addresses = addressesOf(text);
    const prefix = /^(.*_)?[A-Z]+$/i.exec(name)?.[1] ?? "";
    const port = Number(variables.get(`${prefix}PORT`));
    const hasPort = Number.isInteger(port) && port > 0;
    if (addresses.length === 0 && HOST_VARIABLE.test(name) && isHost(text) && (hasPort || text.includes(".")))
      addresses.push({ scheme: undefined, host: text.toLowerCase(), port: hasPort ? port : undefined });
    if (addresses.length > 0) found.set(name, addresses);
  }
  return found;
}
