/** What is known of images that many run. */
export interface KnownImage {
  readonly port: number;
  /** Whether it keeps data that two must not write at once. */
  readonly isDatabase: boolean;
}

const IMAGES: Readonly<Record<string, KnownImage>> = {
  postgres: { port: 5432, isDatabase: true },
  postgresql: { port: 5432, isDatabase: true },
  postgis: { port: 5432, isDatabase: true },
  mysql: { port: 3306, isDatabase: true },
  mariadb: { port: 3306, isDatabase: true },
  mongo: { port: 27017, isDatabase: true },
  mongodb: { port: 27017, isDatabase: true },
  redis: { port: 6379, isDatabase: true },
  valkey: { port: 6379, isDatabase: true },
  rabbitmq: { port: 5672, isDatabase: true },
  elasticsearch: { port: 9200, isDatabase: true },
  memcached: { port: 11211, isDatabase: false },
  nats: { port: 4222, isDatabase: false },
};

/** What is known of an image, by the last part of its name. */
export function knownImage(image: string): KnownImage | undefined {
  const name = /([^/:@]+)(?::[^/]*)?(?:@.*)?$/.exec(image)?.[1] ?? "";
  return Object.hasOwn(IMAGES, name) ? IMAGES[name] : undefined;
}

/** Whether a port is one of a protocol that has no hosts and paths to be found by from outside. */
export function isPlainTcp(port: number): boolean {
  return (
    Object.values(IMAGES).some((known) => known.port === port && known.port !== 9200) ||
    [22, 25, 587, 1433, 1521, 1883, 2181, 9042, 9092].includes(port)
  );
}
