/**
 * How KEDA gets into what a trigger asks: an object that the platform made for that, with an identity or with secrets of its own.
 *
 * @see https://keda.sh/docs/latest/concepts/authentication/
 */
export interface TriggerAuthentication {
  /** Name of the object; if it is for all namespaces, one that the tenant's facts allow. */
  readonly name: string;
  /** Whether it is for all namespaces, or stands in the workload's. @default "ClusterTriggerAuthentication" */
  readonly kind?: "ClusterTriggerAuthentication" | "TriggerAuthentication" | undefined;
}

/** How KEDA gets in, where it must. */
interface MayAuthenticate {
  /** How KEDA gets in. @default - nothing more than what is said here */
  readonly authentication?: TriggerAuthentication | undefined;
}

/** Times between which there are at least so many pods. */
export interface CronTriggerProps {
  /** When they come: minute, hour, day of the month, month, day of the week, as in `"0 6 * * 1-5"`. */
  readonly start: string;
  /** When they go, in the same way. */
  readonly end: string;
  /** Time zone of both, as in `Europe/Berlin`. @default "Etc/UTC" */
  readonly timeZone?: string | undefined;
  /** Fewest pods between the two, from 1. */
  readonly replicas: number;
}

/** A queue of RabbitMQ. */
export type RabbitMqTriggerProps = {
  /** Name of the queue. */
  readonly queue: string;
  /** How many messages each pod is to have before it. */
  readonly perReplica: number;
  /** What to ask it by; `http` counts messages that are being worked on, too. @default - by the address's beginning */
  readonly protocol?: "amqp" | "http" | undefined;
  /** Its virtual host. @default - the address's */
  readonly vhost?: string | undefined;
} & (
  | (MayAuthenticate & {
      /** Variable with the address, as in `amqp://user:password@rabbitmq:5672/vhost`. */
      readonly hostFromEnv: string;
    })
  | {
      /** The object that has the address. */
      readonly authentication: TriggerAuthentication;
      readonly hostFromEnv?: never;
    }
);

/** A queue of Amazon SQS. */
export type SqsTriggerProps = {
  /** Region of AWS, as in `eu-central-1`. */
  readonly region: string;
  /** How many messages each pod is to have before it. */
  readonly perReplica: number;
} & (
  | {
      /** URL of the queue. */
      readonly queueUrl: string;
      readonly queueUrlFromEnv?: never;
    }
  | {
      /** Variable with the URL of the queue. */
      readonly queueUrlFromEnv: string;
      readonly queueUrl?: never;
    }
) &
  (
    | {
        /** How KEDA gets in. @default - as KEDA itself, which must be allowed to read the attributes of the queue */
        readonly authentication?: TriggerAuthentication | undefined;
        readonly accessKeyIdFromEnv?: never;
        readonly secretAccessKeyFromEnv?: never;
      }
    | {
        /** Variable with the id of an access key. */
        readonly accessKeyIdFromEnv: string;
        /** Variable with the access key's secret. */
        readonly secretAccessKeyFromEnv: string;
        readonly authentication?: never;
      }
  );

/** A topic of Kafka, and who reads it. */
export type KafkaTriggerProps = {
  /** The consumer group that the workload is. */
  readonly consumerGroup: string;
  /** Name of the topic. */
  readonly topic: string;
  /** How many messages each pod may be behind. */
  readonly perReplica: number;
  /** Whether the brokers are asked by TLS. @default false */
  readonly tls?: boolean | undefined;
} & (
  | {
      /** Brokers to ask first, as `host:port`. */
      readonly bootstrapServers: readonly [string, ...string[]];
      readonly bootstrapServersFromEnv?: never;
    }
  | {
      /** Variable with the brokers, with commas between them. */
      readonly bootstrapServersFromEnv: string;
      readonly bootstrapServers?: never;
    }
) &
  (
    | (MayAuthenticate & { readonly sasl?: never })
    | {
        /** How SASL is done. @default - not at all */
        readonly sasl: "plaintext" | "scram_sha256" | "scram_sha512" | "oauthbearer" | "gssapi";
        /** The object that has user and password. */
        readonly authentication: TriggerAuthentication;
      }
  );

/** A list of Redis. */
export type RedisListTriggerProps = MayAuthenticate & {
  /** Key of the list. */
  readonly list: string;
  /** How many items each pod is to have before it. */
  readonly perReplica: number;
  /** Number of the database. @default 0 */
  readonly database?: number | undefined;
  /** Whether it is asked by TLS. @default false */
  readonly tls?: boolean | undefined;
  /** Variable with the user's name. @default - no user */
  readonly usernameFromEnv?: string | undefined;
  /** Variable with the password. @default - no password */
  readonly passwordFromEnv?: string | undefined;
} & (
    | {
        /** Where it is, as `host:port`. */
        readonly address: string;
        readonly addressFromEnv?: never;
      }
    | {
        /** Variable with its `host:port`. */
        readonly addressFromEnv: string;
        readonly address?: never;
      }
  );

/** A query of Prometheus. */
export interface PrometheusTriggerProps {
  /** URL of the server. */
  readonly server: string;
  /** What is asked, in PromQL; it must give one number. */
  readonly query: string;
  /** How much of it each pod is to have. */
  readonly perReplica: number;
}
