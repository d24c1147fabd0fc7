//! Advice in words.

use super::units::nth;
use crate::{
    analysis::{Advice, AdviceKind},
    language::Language,
};

/// What to do, in one sentence without a full stop.
pub fn sentence(advice: &Advice, language: Language) -> String {
    sentence_for(advice, &[advice.layer], language)
}

/// The same for several layers, where the edit is one that names none of them.
pub(super) fn sentence_for(advice: &Advice, layers: &[usize], language: Language) -> String {
    let layer = nth(advice.layer);
    let (layers, layers_zh) = named(layers);
    let by = advice.by.map_or(layer, nth);
    let subject = shown_subject(&advice.subject);
    let (en, zh) = match advice.kind {
        AdviceKind::RemoveWhereMade => (
            format!(
                "remove it in the RUN that makes it (layer {layer}); the rm of layer {by} saves nothing"
            ),
            format!("在生成它的 RUN（第 {layer} 层）中删除；第 {by} 层的 rm 并不能节省空间"),
        ),
        AdviceKind::CopyChown => (
            format!(
                "set the owner while copying (layer {layer}), and drop the chown of layer {by}"
            ),
            format!("在复制时设置所有者（第 {layer} 层），并去掉第 {by} 层的 chown"),
        ),
        AdviceKind::CopyChmod => (
            format!("set the mode while copying (layer {layer}), and drop the chmod of layer {by}"),
            format!("在复制时设置权限（第 {layer} 层），并去掉第 {by} 层的 chmod"),
        ),
        AdviceKind::MergeRuns => (
            format!("layer {by} writes again what layer {layer} wrote: do both in one RUN"),
            format!("第 {by} 层重写了第 {layer} 层的内容：合并为一个 RUN"),
        ),
        AdviceKind::WriteOnce => (
            format!("layer {by} brings what layer {layer} has brought already: copy it once"),
            format!("第 {by} 层再次写入第 {layer} 层已有的内容：只复制一次"),
        ),
        AdviceKind::BindMount => (
            format!(
                "it is needed for a moment only: mount it into the RUN instead of copying it (layer {layer})"
            ),
            format!("只是临时需要：挂载到 RUN 中，而不是复制（第 {layer} 层）"),
        ),
        AdviceKind::CacheMount => (
            format!("keep the cache of {subject} in a cache mount ({layers})"),
            format!("将 {subject} 的缓存放入缓存挂载（{layers_zh}）"),
        ),
        AdviceKind::CleanInPlace => (
            format!("clean up in the same RUN ({layers}): {subject}"),
            format!("在同一个 RUN（{layers_zh}）中清理：{subject}"),
        ),
        AdviceKind::Ignore => (
            format!("keep it out of the build context (layer {layer}): lines for .dockerignore"),
            format!("不要放入构建上下文（第 {layer} 层）：写入 .dockerignore"),
        ),
        AdviceKind::BuildStage => (
            format!("build in a stage of its own and copy the result ({layers}): {subject}"),
            format!("在单独的阶段中构建并复制结果（{layers_zh}）：{subject}"),
        ),
        AdviceKind::LeaveOut => (
            format!("tell the package manager to leave it out (from layer {layer} on)"),
            format!("让包管理器不安装这些内容（从第 {layer} 层起）"),
        ),
        AdviceKind::Strip => (
            format!("strip the programs (layer {layer})"),
            format!("去除程序中的调试信息（第 {layer} 层）"),
        ),
        AdviceKind::Link => (
            format!("link files with the same content, where they come from (layer {layer})"),
            format!("在产生处（第 {layer} 层）将内容相同的文件改为链接"),
        ),
        AdviceKind::Slim => (
            "jettison slim leaves out what the program does not use".to_owned(),
            "jettison slim 会去掉程序不使用的内容".to_owned(),
        ),
        AdviceKind::Squash => (
            "jettison squash writes each file once".to_owned(),
            "jettison squash 使每个文件只写一次".to_owned(),
        ),
        AdviceKind::OtherBase => (
            "it comes with the base: take a smaller or newer one".to_owned(),
            "来自基础镜像：换用更小或更新的基础镜像".to_owned(),
        ),
    };
    match language {
        Language::English => en,
        Language::Chinese => zh,
    }
}

/// Layers as both languages name them.
fn named(layers: &[usize]) -> (String, String) {
    let numbers: Vec<String> = layers.iter().map(|layer| nth(*layer).to_string()).collect();
    let plural = if numbers.len() > 1 { "s" } else { "" };
    (format!("layer{plural} {}", numbers.join(", ")), format!("第 {} 层", numbers.join("、")))
}

/// A long row of paths or packages, shortened.
fn shown_subject(subject: &str) -> String {
    super::units::cut(subject, 60)
}
