//! What runs when, and what happens when it fails.

use super::code;
use crate::rule::Rule;

pub(super) static CODES: &[Rule] = &[
    code!(
        2015,
        Info,
        sh,
        ["A && B || C is no if-then-else", "A && B || C 不等于 if-then-else"],
        ["C runs also when A succeeds and B fails.", "A 成功而 B 失败时，C 也会执行。"],
        r"[ -f /x ] && rm /x || make",
        r"if [ -f /x ]; then rm /x; else make; fi"
    ),
    code!(
        2069,
        Warning,
        sh,
        ["Redirect the output first, then the errors", "先重定向输出，再重定向错误"],
        [
            "`2>&1 > file` sends errors where the output went before.",
            "`2>&1 > file` 会把错误送到输出原来的去处。"
        ],
        r"make 2>&1 > /dev/null",
        r"make > /dev/null 2>&1"
    ),
    code!(
        2103,
        Info,
        sh,
        ["Use a subshell to come back", "用子 shell 返回原目录"],
        [
            "`( cd x && a )` leaves the directory as it was, also when a fails.",
            "`( cd x && a )` 即使 a 失败也会保持原目录。"
        ],
        "<<EOF\nfor i in a b; do\ncd \"$i\"\nmake\ncd ..\ndone\nEOF",
        "<<EOF\nfor i in a b; do\n(cd \"$i\" && make)\ndone\nEOF"
    ),
    code!(
        2104,
        Error,
        sh,
        ["Leave a function with return", "离开函数用 return"],
        ["break and continue are for loops.", "break 和 continue 用于循环。"],
        r"f() { continue; }; f",
        r"f() { return; }; f"
    ),
    code!(
        2105,
        Error,
        sh,
        ["break and continue are for loops", "break 和 continue 用于循环"],
        ["There is no loop here. Was exit meant?", "这里没有循环。是不是想写 exit？"],
        r"true || break",
        r"true || exit 1"
    ),
    code!(
        2119,
        Info,
        sh,
        ["This function reads arguments and is given none", "该函数读取参数，却没有传入"],
        ["Pass `\"$@\"` on when the script's are meant.", "若要用脚本的参数，请传入 `\"$@\"`。"],
        r#"f() { echo "$1"; }; f"#,
        r#"f() { echo "$1"; }; f a"#
    ),
    code!(
        2120,
        Warning,
        sh,
        ["Nobody gives this function its arguments", "没有任何调用给该函数传参数"],
        ["Pass `\"$@\"` on when the script's are meant.", "若要用脚本的参数，请传入 `\"$@\"`。"],
        r#"f() { echo "$1"; }; f"#,
        r#"f() { echo "$1"; }; f a"#
    ),
    code!(
        2164,
        Warning,
        sh,
        ["Stop when cd fails", "cd 失败时要停止"],
        [
            "What follows runs in the wrong directory. Write `cd x && …` or `cd x || exit`, or use WORKDIR.",
            "否则后面的命令会在错误的目录中执行；应写 `cd x && …`、`cd x || exit` 或使用 WORKDIR。"
        ],
        r"cd /x; make",
        r"cd /x && make"
    ),
    code!(
        2168,
        Error,
        bash,
        ["local belongs into a function", "local 只能用在函数中"],
        ["Outside of one it is an error.", "在函数之外是错误。"],
        r#"local a=1; echo "$a""#,
        r#"a=1; echo "$a""#
    ),
    code!(
        2211,
        Warning,
        sh,
        ["Do not run what a pattern matches", "不要执行通配符匹配到的内容"],
        [
            "The first match is the program, the others become its arguments.",
            "第一个匹配成为程序，其余的成为它的参数。"
        ],
        r"/x/tool-*.AppImage --help",
        r"/x/tool-1.AppImage --help"
    ),
    code!(
        2218,
        Error,
        sh,
        ["Define a function before it is used", "函数要先定义再使用"],
        ["Shells read from top to bottom.", "shell 从上到下执行。"],
        r"f; f() { true; }",
        r"f() { true; }; f"
    ),
    code!(
        2242,
        Error,
        sh,
        ["An exit status is a number from 0 to 255", "退出码是 0 到 255 的数字"],
        ["Print messages before.", "消息应先输出。"],
        r#"exit "failed""#,
        r"echo failed; exit 1"
    ),
    code!(
        2251,
        Info,
        sh,
        ["A negated command does not stop the shell", "取反的命令不会让 shell 停止"],
        [
            "`set -e` leaves out commands after `!`. Write `! a || exit 1`, or put it into an if.",
            "`set -e` 不理会 `!` 之后的命令；应写 `! a || exit 1` 或放入 if。"
        ],
        r"set -e; ! grep -q a /x; make",
        r"set -e; ! grep -q a /x || exit 1; make"
    ),
    code!(
        2317,
        Info,
        sh,
        ["This is never reached", "这里永远执行不到"],
        ["What stands before always leaves.", "前面的语句总会退出。"],
        r"exit 0; make",
        r"make; exit 0"
    ),
    code!(
        2329,
        Info,
        sh,
        ["This function is never called", "这个函数从未被调用"],
        ["Call it, or leave it out.", "调用它，或者去掉。"],
        r"f() { return 1; }; f() { make; }; f",
        r"f() { make; }; f"
    ),
];
