//! What each instruction does, in a line or two.

use jettison_dockerfile::Keyword;
use jettison_lint::Language;

/// Instruction, English, Chinese.
const HELP: &[(Keyword, &str, &str)] = &[
    (
        Keyword::From,
        "**FROM** `[--platform=…] image[:tag|@digest] [AS name]` begins a stage from an image, an earlier stage, or nothing (`scratch`).",
        "**FROM** `[--platform=…] 镜像[:标签|@摘要] [AS 名字]` 从镜像、前面的阶段或空白（`scratch`）开始一个构建阶段。",
    ),
    (
        Keyword::Run,
        "**RUN** `[--mount=…] command` runs a command while building; what it changes becomes a layer.",
        "**RUN** `[--mount=…] 命令` 在构建时执行命令，其改动成为一层。",
    ),
    (
        Keyword::Cmd,
        "**CMD** `[\"program\", \"argument\"]` is what a container runs by default, or the default arguments of ENTRYPOINT. The last one counts.",
        "**CMD** `[\"程序\", \"参数\"]` 是容器默认运行的命令，或 ENTRYPOINT 的默认参数；只有最后一条有效。",
    ),
    (
        Keyword::Entrypoint,
        "**ENTRYPOINT** `[\"program\", \"argument\"]` is the program that every container runs. In shell form it does not get signals.",
        "**ENTRYPOINT** `[\"程序\", \"参数\"]` 是每个容器都运行的程序；shell 形式收不到信号。",
    ),
    (
        Keyword::Copy,
        "**COPY** `[--from=…] [--chown=…] [--chmod=…] source… destination` copies from the build context, a stage or an image.",
        "**COPY** `[--from=…] [--chown=…] [--chmod=…] 来源… 目标` 从构建上下文、其他阶段或镜像复制文件。",
    ),
    (
        Keyword::Add,
        "**ADD** copies like COPY, and also unpacks local archives and fetches addresses and git repositories.",
        "**ADD** 与 COPY 类似，还会解包本地归档、下载网址和 git 仓库。",
    ),
    (
        Keyword::Env,
        "**ENV** `name=value…` sets variables for the rest of the build and for the container.",
        "**ENV** `名字=值…` 设置变量，对后续构建和容器都有效。",
    ),
    (
        Keyword::Arg,
        "**ARG** `name[=default]` declares a variable for `--build-arg`. It is no place for secrets: the image's history shows it.",
        "**ARG** `名字[=默认值]` 声明可用 `--build-arg` 传入的变量；不要放机密，镜像历史中看得到。",
    ),
    (
        Keyword::Label,
        "**LABEL** `key=value…` describes the image.",
        "**LABEL** `键=值…` 描述镜像。",
    ),
    (
        Keyword::Expose,
        "**EXPOSE** `port[/protocol]…` says on which ports the program listens; it publishes nothing.",
        "**EXPOSE** `端口[/协议]…` 说明程序监听的端口，并不会发布端口。",
    ),
    (
        Keyword::Volume,
        "**VOLUME** `[\"/path\"]` marks a directory whose contents live outside of the container. What later instructions write there is lost.",
        "**VOLUME** `[\"/路径\"]` 标记内容存放在容器之外的目录；后续指令写入其中的内容会丢失。",
    ),
    (
        Keyword::User,
        "**USER** `user[:group]` is who runs what follows, and the container.",
        "**USER** `用户[:组]` 指定后续指令和容器以谁的身份运行。",
    ),
    (
        Keyword::Workdir,
        "**WORKDIR** `/path` is the directory of what follows, and of the container; it is made when missing.",
        "**WORKDIR** `/路径` 是后续指令和容器的工作目录，不存在时会创建。",
    ),
    (
        Keyword::Healthcheck,
        "**HEALTHCHECK** `[--interval=…] CMD command` asks now and then whether the container works, or `NONE`.",
        "**HEALTHCHECK** `[--interval=…] CMD 命令` 定期检查容器是否正常，或 `NONE` 关闭。",
    ),
    (
        Keyword::Shell,
        "**SHELL** `[\"program\", \"-c\"]` is what reads commands in shell form from here on.",
        "**SHELL** `[\"程序\", \"-c\"]` 指定此后由谁来解释 shell 形式的命令。",
    ),
    (
        Keyword::Stopsignal,
        "**STOPSIGNAL** `SIGTERM` is the signal that asks the container to stop.",
        "**STOPSIGNAL** `SIGTERM` 是要求容器停止的信号。",
    ),
    (
        Keyword::Onbuild,
        "**ONBUILD** `instruction` is carried out when another image is built from this one.",
        "**ONBUILD** `指令` 在以本镜像为基础构建其他镜像时执行。",
    ),
    (
        Keyword::Maintainer,
        "**MAINTAINER** is deprecated: use `LABEL org.opencontainers.image.authors=…`.",
        "**MAINTAINER** 已弃用，应使用 `LABEL org.opencontainers.image.authors=…`。",
    ),
];

/// What `keyword` does; nothing for what is no instruction.
pub(crate) fn help(keyword: Keyword, language: Language) -> &'static str {
    HELP.iter().find(|(known, _, _)| *known == keyword).map_or("", |(_, en, zh)| match language {
        Language::English => en,
        Language::Chinese => zh,
    })
}
