//! Text that a shell does not read as it was meant.

use super::code;
use crate::rule::Rule;

pub(super) static CODES: &[Rule] = &[
    code!(
        1001,
        Info,
        sh,
        ["Drop a backslash that protects nothing", "去掉不起作用的反斜杠"],
        [
            "Outside of quotes, a backslash before an ordinary letter only disappears: `\\o` is `o`.",
            "引号之外，普通字母前的反斜杠会直接消失：`\\o` 就是 `o`。"
        ],
        r"echo h\ello",
        r"echo hello"
    ),
    code!(
        1007,
        Warning,
        sh,
        ["Write no blank after the equals sign", "等号后不要有空格"],
        [
            "`A= b` runs `b` with an empty A; it does not set A to `b`.",
            "`A= b` 会在 A 为空的环境中执行 b，而不是把 A 设为 b。"
        ],
        r#"version= 12; echo "$version""#,
        r#"version=12; echo "$version""#
    ),
    code!(
        1010,
        Warning,
        sh,
        ["Put a semicolon before do, done, then or fi", "do、done、then、fi 之前要有分号"],
        [
            "Only at the beginning of a command are these words special; elsewhere they are arguments. Quote one that is meant as an argument.",
            "这些词只有在命令开头才是关键字，其他位置只是参数；若确实是参数，请加引号。"
        ],
        r"mix do deps.get, compile",
        r"mix 'do' deps.get, compile"
    ),
    code!(
        1012,
        Warning,
        sh,
        ["Write a tab or line end by printf", "用 printf 写制表符或换行"],
        [
            "Outside of quotes `\\t` is the letter t, and `\\n` the letter n.",
            "引号之外，`\\t` 就是字母 t，`\\n` 就是字母 n。"
        ],
        r"printf '%s' a\tb",
        r"printf 'a\tb'"
    ),
    code!(
        1020,
        Error,
        sh,
        ["Write a blank before the closing bracket", "右方括号前要有空格"],
        [
            "`[` is a command and `]` its last argument: without a blank it is a part of the word before it.",
            "`[` 是命令，`]` 是它的最后一个参数；没有空格它就成了前一个词的一部分。"
        ],
        r#"if [ foo]; then true; fi"#,
        r#"if [ -f /x ]; then true; fi"#
    ),
    code!(
        1035,
        Error,
        sh,
        ["Write a blank after the opening bracket", "左方括号后要有空格"],
        [
            "`[` is a command: without a blank after it the shell looks for a program of another name.",
            "`[` 是命令，后面没有空格时 shell 会去找另一个名字的程序。"
        ],
        r#"if [! -f /x ]; then true; fi"#,
        r#"if [ ! -f /x ]; then true; fi"#
    ),
    code!(
        1037,
        Error,
        sh,
        ["Write braces around parameters above nine", "九以上的参数要写花括号"],
        ["`$10` is `$1` followed by a zero.", "`$10` 是 `$1` 后面跟一个 0。"],
        r#"f() { echo "$10"; }; f a"#,
        r#"f() { echo "${10}"; }; f a"#
    ),
    code!(
        1045,
        Error,
        sh,
        ["Write no semicolon after an ampersand", "& 之后不要写分号"],
        [
            "`&` ends a command by itself; `&;` is a syntax error.",
            "`&` 本身就结束命令，`&;` 是语法错误。"
        ],
        r"sleep 1 &; wait",
        r"sleep 1 & wait"
    ),
    code!(
        1069,
        Error,
        sh,
        ["Write a blank between the keyword and the bracket", "关键字与方括号之间要有空格"],
        [
            "`if[` is the name of a program that does not exist.",
            "`if[` 会被当作一个并不存在的程序名。"
        ],
        r"if[ -f /x ]; then true; fi",
        r"if [ -f /x ]; then true; fi"
    ),
    code!(
        1083,
        Warning,
        sh,
        ["Quote braces that are meant as text", "作为文本的花括号要加引号"],
        [
            "A brace outside of quotes groups commands or expands; alone within a word it is text, by accident.",
            "引号外的花括号用于分组或展开；单独出现在词中只是碰巧成为文本。"
        ],
        r"git show HEAD@{1}; echo {",
        r"git show 'HEAD@{1}'; echo '{'"
    ),
    code!(
        1087,
        Error,
        bash,
        ["Write braces around an array element", "数组元素要写花括号"],
        [
            "`$a[1]` is `$a` followed by the text `[1]`, which is a pattern at that.",
            "`$a[1]` 是 `$a` 后面跟文本 `[1]`，而且还会被当作通配符。"
        ],
        r#"a=(x y); echo "$a[1]""#,
        r#"a=(x y); echo "${a[1]}""#
    ),
    code!(
        1089,
        Error,
        sh,
        ["Close every block once", "每个语句块只关闭一次"],
        [
            "A `fi`, `done` or `}` stands where nothing is open: the shell refuses the whole text.",
            "在没有打开任何语句块的地方出现了 `fi`、`done` 或 `}`：shell 会拒绝整段代码。"
        ],
        r"true; fi",
        r"if true; then echo; fi"
    ),
    code!(
        1097,
        Error,
        sh,
        ["Write a single equals sign to assign", "赋值只写一个等号"],
        ["`A==b` sets A to `=b`.", "`A==b` 会把 A 设为 `=b`。"],
        r#"IFS==; export IFS"#,
        r#"IFS='='; export IFS"#
    ),
    code!(
        1105,
        Error,
        sh,
        ["Write a blank between two parentheses", "两个左括号之间要有空格"],
        [
            "`((` begins arithmetic in some shells. A subshell in a subshell is written `( (`.",
            "`((` 在某些 shell 中表示算术运算；嵌套子 shell 应写成 `( (`。"
        ],
        r"((cd /x && make) && true)",
        r"( (cd /x && make) && true)"
    ),
    code!(
        1110,
        Warning,
        sh,
        ["Write straight quotes", "请使用直引号"],
        ["Typographic quotes are letters to a shell.", "弯引号对 shell 来说只是普通字符。"],
        "echo “hello”",
        r#"echo "hello""#
    ),
    code!(
        1127,
        Error,
        sh,
        ["Begin comments with a hash", "注释以 # 开头"],
        ["`//` and `/*` are no comments but paths.", "`//` 和 `/*` 不是注释，而是路径。"],
        "<<EOF\n/* install */\ntrue\nEOF",
        "<<EOF\n# install\ntrue\nEOF"
    ),
    code!(
        1132,
        Warning,
        sh,
        ["Quote an ampersand that is meant as text", "作为文本的 & 要加引号"],
        [
            "`&` ends the command and runs it in the background; what follows is another command. Addresses with `&` need quotes.",
            "`&` 会让前面的命令在后台运行，后面的成为另一条命令；含 & 的网址要加引号。"
        ],
        r"curl https://example.com/?a=1&b=2",
        r"curl 'https://example.com/?a=1&b=2'"
    ),
];
