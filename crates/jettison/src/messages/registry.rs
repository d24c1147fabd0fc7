//! Texts of the commands that speak to registries.

use super::Words;

/// Texts about registries. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegistryText {
    MirrorFailed,
    Served,
    OtherMeaning,
    Pulled,
    Pushed,
    UsernamePrompt,
    PasswordPrompt,
    LoggedIn,
    LoggedInByHelper,
    NotAsked,
    LoggedOut,
    NotLoggedIn,
    StillKnown,
}

impl Words for RegistryText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::MirrorFailed => ("mirror {} is passed over: {}", "跳过加速镜像 {}：{}"),
            Self::Served => ("{} is read from the mirror {}", "{} 从加速镜像 {} 读取"),
            Self::OtherMeaning => (
                "{} means {} here, as for docker; podman would take {}",
                "{} 在此指 {}（与 docker 相同）；podman 会使用 {}",
            ),
            Self::Pulled => (
                "pulled {} into the local store ({} moved, {} already there)",
                "已将 {} 拉取到本地存储（传输 {}，已存在 {}）",
            ),
            Self::Pushed => (
                "pushed {} to {} ({} moved, {} already there)",
                "已将 {} 推送到 {}（传输 {}，已存在 {}）",
            ),
            Self::UsernamePrompt => ("Username for {}: ", "{} 的用户名："),
            Self::PasswordPrompt => ("Password of {}: ", "{} 的密码："),
            Self::LoggedIn => (
                "logged in to {} as {}; the password is in {}, readable for you alone",
                "已登录 {}（用户 {}）；密码保存在 {}，仅您本人可读",
            ),
            Self::LoggedInByHelper => (
                "logged in to {} as {}; the password is with docker-credential-{}",
                "已登录 {}（用户 {}）；密码由 docker-credential-{} 保存",
            ),
            Self::NotAsked => (
                "{} lets everybody in: whether the password is right was not found out",
                "{} 无需登录即可访问：未能验证密码是否正确",
            ),
            Self::LoggedOut => ("logged out of {}", "已退出 {}"),
            Self::NotLoggedIn => ("{} has no credentials of {}", "{} 中没有 {} 的凭据"),
            Self::StillKnown => (
                "other files or helpers still have credentials of {}; podman logout or docker logout forgets them",
                "其他文件或凭据助手仍保存着 {} 的凭据；可用 podman logout 或 docker logout 清除",
            ),
        }
    }
}
