//! The pages of the rules for manifests.

use crate::rule::{Level, Page, Rule, Text};

/// One rule: id, level, title, why, a manifest with the fault, the same without it.
macro_rules! manifest_rule {
    ($id:literal, $level:ident, [$en:literal, $zh:literal], [$why_en:literal, $why_zh:literal], $bad:expr, $good:expr) => {
        Rule {
            id: $id,
            aliases: &[],
            level: Level::$level,
            page: Page {
                title: Text { en: $en, zh: $zh },
                why: Text { en: $why_en, zh: $why_zh },
                bad: $bad,
                good: $good,
                files: &[],
            },
            check: |_, _| {},
        }
    };
}

/// A pod with one container of Java.
macro_rules! pod {
    ($rest:literal) => {
        concat!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\nspec:\n  containers:\n    - name: app\n      \
             image: eclipse-temurin:21-jre\n",
            $rest
        )
    };
}

/// All of them.
pub(crate) static RULES: &[Rule] =
    &[MEMORY, CPU_LIMIT, CPU_REQUEST, HEAP, HEAP_DUMP, NGINX, READABLE];

pub(super) const MEMORY: Rule = manifest_rule!(
    "JT-k8s-memory",
    Warning,
    ["Give a Java container as much memory as it requests", "Java 容器的内存 limit 应等于 request"],
    [
        "A JVM keeps the memory that it once took. Where the limit is above the request, the node may have promised that memory to others, and the container is killed when they want it.",
        "JVM 占用过的内存不会归还。limit 高于 request 时，节点可能已把这部分内存许诺给别人，容器会被杀死。"
    ],
    pod!(
        "      resources:\n        requests:\n          memory: 512Mi\n          cpu: 500m\n        limits:\n          memory: 1Gi"
    ),
    pod!(
        "      resources:\n        requests:\n          memory: 1Gi\n          cpu: 500m\n        limits:\n          memory: 1Gi"
    )
);

pub(super) const CPU_LIMIT: Rule = manifest_rule!(
    "JT-k8s-cpu-limit",
    Info,
    ["Do not limit the CPU of a Java container", "不要限制 Java 容器的 CPU"],
    [
        "Starting takes far more CPU than running: under a limit of half a CPU, an application that starts in 17 seconds takes 80. A request without a limit shares fairly. A limit of one CPU also makes the JVM choose the serial collector.",
        "启动需要的 CPU 远多于运行：限制为半个 CPU 时，17 秒能启动的应用要 80 秒。只设 request 不设 limit 也能公平分配。限制为一个 CPU 还会让 JVM 选用串行收集器。"
    ],
    pod!(
        "      resources:\n        requests:\n          memory: 1Gi\n          cpu: 500m\n        limits:\n          memory: 1Gi\n          cpu: 500m"
    ),
    pod!(
        "      resources:\n        requests:\n          memory: 1Gi\n          cpu: 500m\n        limits:\n          memory: 1Gi"
    )
);

pub(super) const CPU_REQUEST: Rule = manifest_rule!(
    "JT-k8s-cpu-request",
    Info,
    ["Request CPU for a Java container", "为 Java 容器设置 CPU request"],
    [
        "Without a request, the container gets what others leave over.",
        "没有 request 时，容器只能得到别人剩下的 CPU。"
    ],
    pod!(
        "      resources:\n        requests:\n          memory: 1Gi\n        limits:\n          memory: 1Gi"
    ),
    pod!(
        "      resources:\n        requests:\n          memory: 1Gi\n          cpu: 500m\n        limits:\n          memory: 1Gi"
    )
);

pub(super) const HEAP: Rule = manifest_rule!(
    "JT-k8s-java-heap",
    Warning,
    ["Let the heap fit the memory limit", "堆大小应与内存 limit 相称"],
    [
        "Besides the heap, a JVM needs memory for classes, code, threads and buffers: a heap of 50 to 80 % of the limit leaves room for them. Above that the container is killed; without any option the JVM takes a quarter.",
        "除堆之外，JVM 还需要类、代码、线程和缓冲区的内存：堆占 limit 的 50% 到 80% 为宜。更大则容器会被杀死；不设任何选项时 JVM 只用四分之一。"
    ],
    pod!(
        "      env:\n        - name: JAVA_TOOL_OPTIONS\n          value: -Xmx1g\n      resources:\n        requests:\n          memory: 1Gi\n          cpu: 500m\n        limits:\n          memory: 1Gi"
    ),
    pod!(
        "      env:\n        - name: JAVA_TOOL_OPTIONS\n          value: -XX:MaxRAMPercentage=75\n      resources:\n        requests:\n          memory: 1Gi\n          cpu: 500m\n        limits:\n          memory: 1Gi"
    )
);

pub(super) const HEAP_DUMP: Rule = manifest_rule!(
    "JT-k8s-heap-dump",
    Warning,
    ["Write heap dumps to a volume", "堆转储应写到卷上"],
    [
        "A dump in the container's own file system is gone with the container, which ends after an OutOfMemoryError, and fills the node's disk until then.",
        "写在容器自身文件系统中的转储会随容器消失，在那之前还会占满节点磁盘。"
    ],
    pod!(
        "      env:\n        - name: JAVA_TOOL_OPTIONS\n          value: -XX:MaxRAMPercentage=75 -XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/dumps\n      resources:\n        requests:\n          memory: 1Gi\n          cpu: 500m\n        limits:\n          memory: 1Gi"
    ),
    pod!(
        "      env:\n        - name: JAVA_TOOL_OPTIONS\n          value: -XX:MaxRAMPercentage=75 -XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/dumps\n      volumeMounts:\n        - name: dumps\n          mountPath: /dumps\n      resources:\n        requests:\n          memory: 1Gi\n          cpu: 500m\n        limits:\n          memory: 1Gi"
    )
);

pub(super) const NGINX: Rule = manifest_rule!(
    "JT-k8s-nginx-workers",
    Warning,
    ["Say how many workers nginx has", "明确 nginx 的 worker 数量"],
    [
        "`auto` counts the node's CPUs, not the container's: 64 workers on a large node, under a limit of two CPUs.",
        "`auto` 按节点而不是容器的 CPU 数计算：大节点上会有 64 个 worker，而 limit 只有两个 CPU。"
    ],
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: nginx\ndata:\n  nginx.conf: |\n    worker_processes auto;\n    events {}",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: nginx\ndata:\n  nginx.conf: |\n    worker_processes 2;\n    events {}"
);

pub(super) const READABLE: Rule = manifest_rule!(
    "JT-k8s-syntax",
    Error,
    ["Write YAML that can be read", "清单必须是可读的 YAML"],
    ["Nothing after this place is looked at.", "此处之后的内容都没有检查。"],
    "apiVersion: v1\nkind: [Pod",
    "apiVersion: v1\nkind: Pod"
);
