import { checkCron } from "../../core/cron";
import type { Problem } from "../../core/findings";
import { checkKeys, show } from "../../core/keys";
import { checkTimeZone } from "../../core/time-zones";
import { isWhole } from "./bounds";
import { checkAmount, checkMetadata, checkTexts, metadataOf } from "./trigger-checks";
import type {
  CronTriggerProps,
  KafkaTriggerProps,
  PrometheusTriggerProps,
  RabbitMqTriggerProps,
  RedisListTriggerProps,
  SqsTriggerProps,
  TriggerAuthentication,
} from "./trigger-types";

/** Problems of a trigger, which stands at this place of the props. */
type Check = (where: string) => readonly Problem[];

/**
 * An event that KEDA scales a workload by, from no pods at all.
 *
 * Secrets are given by the names of the workload's own variables that hold them: KEDA reads those from where the pods have them. What KEDA
 * asks is asked by KEDA, not by the pods.
 *
 * @see https://keda.sh/docs/latest/concepts/scaling-deployments/
 * @example
 * ```ts
 * import { type Tenant, Trigger, Worker } from "flagstone";
 *
 * export const invoicer = (shop: Tenant) =>
 *   new Worker(shop, "invoicer", {
 *     image: "registry.acme.example/shop/invoicer:1.4.2",
 *     replicas: {
 *       min: 0,
 *       max: 20,
 *       triggers: {
 *         invoices: Trigger.sqs({ queueUrl: "https://sqs.eu-central-1.amazonaws.com/123/invoices", region: "eu-central-1", perReplica: 100 }),
 *       },
 *     },
 *   });
 * ```
 */
export class Trigger {
  private constructor(
    /** @internal KEDA's name of the scaler. */
    public readonly type: string,
    /** @internal */
    public readonly metadata: Readonly<Record<string, string>>,
    /** @internal */
    public readonly authentication: TriggerAuthentication | undefined,
    /** @internal */
    public readonly check: Check,
  ) {}

  /**
   * Any of KEDA's scalers.
   *
   * @param type - its name, as in `mysql`
   * @param metadata - its settings, as KEDA's page of it says. Names that end with `FromEnv` take a variable of the workload, secrets too.
   * @param authentication - how KEDA gets in, where that is not in the settings
   * @see https://keda.sh/docs/latest/scalers/
   */
  public static of(
    type: string,
    metadata: Readonly<Record<string, string>>,
    authentication?: TriggerAuthentication,
  ): Trigger {
    return new Trigger(type, metadata, authentication, (where) => checkMetadata(where, type, metadata));
  }

  /**
   * At least so many pods between two times that come again and again.
   *
   * @see https://keda.sh/docs/latest/scalers/cron/
   * @example
   * ```ts
   * import { Trigger } from "flagstone";
   *
   * export const lunch = Trigger.cron({ start: "0 11 * * 1-5", end: "0 14 * * 1-5", timeZone: "Europe/Berlin", replicas: 8 });
   * ```
   */
  public static cron(props: CronTriggerProps): Trigger {
    const { start, end, timeZone = "Etc/UTC", replicas } = props;
    const metadata = metadataOf({ timezone: timeZone, start, end, desiredReplicas: replicas });
    return new Trigger("cron", metadata, undefined, (where) => [
      ...checkKeys(where, props, ["start", "end", "timeZone", "replicas"]),
      ...checkSchedule(`${where}.start`, start),
      ...checkSchedule(`${where}.end`, end),
      ...(start === end ? [invalid(`${where}.end`, end, "let it end at another time than it starts")] : []),
      ...checkTimeZone(`${where}.timeZone`, timeZone),
      ...(isWhole(replicas, 1) ? [] : [invalid(`${where}.replicas`, replicas, "use a whole number from 1")]),
    ]);
  }

  /**
   * Messages in a queue of RabbitMQ.
   *
   * @see https://keda.sh/docs/latest/scalers/rabbitmq-queue/
   * @example
   * ```ts
   * import { Trigger } from "flagstone";
   *
   * export const orders = Trigger.rabbitMq({ hostFromEnv: "AMQP_URL", queue: "orders", perReplica: 50 });
   * ```
   */
  public static rabbitMq(props: RabbitMqTriggerProps): Trigger {
    const { queue, perReplica, hostFromEnv, protocol, vhost, authentication } = props;
    const metadata = metadataOf({
      queueName: queue,
      mode: "QueueLength",
      value: perReplica,
      hostFromEnv,
      protocol,
      vhostName: vhost,
    });
    return new Trigger("rabbitmq", metadata, authentication, (where) => [
      ...checkKeys(where, props, ["queue", "perReplica", "hostFromEnv", "protocol", "vhost", "authentication"]),
      ...checkTexts(where, { queue }),
      ...(authentication ? [] : checkTexts(where, { hostFromEnv })),
      ...checkAmount(where, perReplica),
    ]);
  }

  /**
   * Messages in a queue of Amazon SQS, with those that are being worked on.
   *
   * @see https://keda.sh/docs/latest/scalers/aws-sqs/
   * @example
   * ```ts
   * import { Trigger } from "flagstone";
   *
   * export const invoices = Trigger.sqs({ queueUrlFromEnv: "INVOICES_URL", region: "eu-central-1", perReplica: 100 });
   * ```
   */
  public static sqs(props: SqsTriggerProps): Trigger {
    const { queueUrl, queueUrlFromEnv, region, perReplica, accessKeyIdFromEnv, secretAccessKeyFromEnv } = props;
    const isKedaItself = !props.authentication && accessKeyIdFromEnv === undefined;
    const metadata = metadataOf({
      queueURL: queueUrl,
      queueURLFromEnv: queueUrlFromEnv,
      awsRegion: region,
      queueLength: perReplica,
      awsAccessKeyIDFromEnv: accessKeyIdFromEnv,
      awsSecretAccessKeyFromEnv: secretAccessKeyFromEnv,
      identityOwner: isKedaItself ? "operator" : undefined,
    });
    return new Trigger("aws-sqs-queue", metadata, props.authentication, (where) => [
      ...checkKeys(where, props, [
        ...["queueUrl", "queueUrlFromEnv", "region", "perReplica"],
        ...["accessKeyIdFromEnv", "secretAccessKeyFromEnv", "authentication"],
      ]),
      ...checkTexts(where, queueUrlFromEnv === undefined ? { queueUrl } : { queueUrlFromEnv }),
      ...checkTexts(where, { region }),
      ...(accessKeyIdFromEnv === undefined ? [] : checkTexts(where, { secretAccessKeyFromEnv })),
      ...checkAmount(where, perReplica, "whole"),
    ]);
  }

  /**
   * How far a consumer group is behind in a topic of Kafka. There are never more pods than partitions.
   *
   * @see https://keda.sh/docs/latest/scalers/apache-kafka/
   * @example
   * ```ts
   * import { Trigger } from "flagstone";
   *
   * export const events = Trigger.kafka({
   *   bootstrapServers: ["kafka.acme.example:9092"],
   *   consumerGroup: "billing",
   *   topic: "events",
   *   perReplica: 500,
   * });
   * ```
   */
  public static kafka(props: KafkaTriggerProps): Trigger {
    const { bootstrapServers, bootstrapServersFromEnv, consumerGroup, topic, perReplica, tls, sasl } = props;
    const metadata = metadataOf({
      bootstrapServers: bootstrapServers === undefined ? undefined : [bootstrapServers].flat().join(","),
      bootstrapServersFromEnv,
      consumerGroup,
      topic,
      lagThreshold: perReplica,
      tls: tls === undefined ? undefined : tls ? "enable" : "disable",
      sasl,
    });
    return new Trigger("kafka", metadata, props.authentication, (where) => [
      ...checkKeys(where, props, [
        ...["bootstrapServers", "bootstrapServersFromEnv", "consumerGroup", "topic"],
        ...["perReplica", "tls", "sasl", "authentication"],
      ]),
      ...checkTexts(
        where,
        bootstrapServersFromEnv === undefined
          ? { bootstrapServers: metadata["bootstrapServers"] }
          : { bootstrapServersFromEnv },
      ),
      ...checkTexts(where, { consumerGroup, topic }),
      ...checkAmount(where, perReplica, "whole"),
    ]);
  }

  /**
   * Items in a list of Redis.
   *
   * @see https://keda.sh/docs/latest/scalers/redis-lists/
   * @example
   * ```ts
   * import { Trigger } from "flagstone";
   *
   * export const mails = Trigger.redisList({ address: "redis.acme.example:6379", list: "mails", perReplica: 20, passwordFromEnv: "REDIS_PASSWORD" });
   * ```
   */
  public static redisList(props: RedisListTriggerProps): Trigger {
    const { address, addressFromEnv, list, perReplica, database, tls, usernameFromEnv, passwordFromEnv } = props;
    const metadata = metadataOf({
      address,
      addressFromEnv,
      listName: list,
      listLength: perReplica,
      databaseIndex: database,
      enableTLS: tls,
      usernameFromEnv,
      passwordFromEnv,
    });
    return new Trigger("redis", metadata, props.authentication, (where) => [
      ...checkKeys(where, props, [
        ...["address", "addressFromEnv", "list", "perReplica", "database", "tls"],
        ...["usernameFromEnv", "passwordFromEnv", "authentication"],
      ]),
      ...checkTexts(where, addressFromEnv === undefined ? { address } : { addressFromEnv }),
      ...checkTexts(where, { list }),
      ...checkAmount(where, perReplica, "whole"),
      ...(database === undefined || isWhole(database, 0)
        ? []
        : [invalid(`${where}.database`, database, "use a whole number from 0")]),
    ]);
  }

  /**
   * The result of a query of Prometheus, which must be one number: it is divided among the pods.
   *
   * @see https://keda.sh/docs/latest/scalers/prometheus/
   * @example
   * ```ts
   * import { Trigger } from "flagstone";
   *
   * export const backlog = Trigger.prometheus({ server: "http://prometheus.monitoring:9090", query: "sum(backlog)", perReplica: 100 });
   * ```
   */
  public static prometheus(props: PrometheusTriggerProps): Trigger {
    const { server, query, perReplica } = props;
    const metadata = metadataOf({ serverAddress: server, query, threshold: perReplica });
    return new Trigger("prometheus", metadata, undefined, (where) => [
      ...checkKeys(where, props, ["server", "query", "perReplica"]),
      ...checkTexts(where, { server, query }),
      ...checkAmount(where, perReplica),
    ]);
  }
}

/** KEDA takes the five fields only, not words such as `@daily`. */
function checkSchedule(where: string, text: string): Problem[] {
  if (typeof text === "string" && text.startsWith("@"))
    return [invalid(where, text, 'write all five fields, as in "0 6 * * 1-5"')];
  return checkCron(where, text);
}

function invalid(where: string, value: unknown, fix: string): Problem {
  return { rule: "trigger/invalid", message: `${where} ${show(value)} is not possible`, fix };
}
