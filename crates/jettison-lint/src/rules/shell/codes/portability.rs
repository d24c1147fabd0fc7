//! What bash has and POSIX shells have not. Debian's `/bin/sh` is dash, Alpine's is BusyBox' ash,
//! which knows some of it; that of Red Hat, SUSE and Arch is bash.

use super::code;
use crate::rule::Rule;

pub(super) static CODES: &[Rule] = &[
    code!(
        2112,
        Warning,
        sh,
        ["Define functions without the word function", "定义函数不要写 function"],
        ["POSIX knows `f() { …; }` alone.", "POSIX 只有 `f() { …; }`。"],
        r"function f() { true; }; f",
        r"f() { true; }; f"
    ),
    code!(
        2113,
        Warning,
        sh,
        ["Define functions without the word function", "定义函数不要写 function"],
        ["POSIX knows `f() { …; }` alone.", "POSIX 只有 `f() { …; }`。"],
        r"function f { true; }; f",
        r"f() { true; }; f"
    ),
    code!(
        3001,
        Warning,
        sh,
        ["sh has no process substitution", "sh 没有进程替换"],
        [
            "`<( )` is bash's. Use a pipe or a file, or `SHELL [\"/bin/bash\", \"-c\"]`.",
            "`<( )` 是 bash 的；请用管道或文件，或 `SHELL [\"/bin/bash\", \"-c\"]`。"
        ],
        r"diff <(ls /a) <(ls /b)",
        r"ls /a > /tmp/a; ls /b | diff /tmp/a -"
    ),
    code!(
        3002,
        Warning,
        sh,
        ["sh has no extended patterns", "sh 没有扩展通配符"],
        ["`@( )` and `!( )` are bash's.", "`@( )`、`!( )` 是 bash 的。"],
        r"ls /x/@(a|b)",
        r"ls /x/a /x/b"
    ),
    code!(
        3003,
        Warning,
        sh,
        ["sh has no $'a' quotes", "sh 没有 $'a' 引号"],
        ["dash prints the dollar sign. Use printf.", "dash 会输出美元符号；请使用 printf。"],
        r"printf '%s' $'a\tb'",
        r"printf 'a\tb'"
    ),
    code!(
        3005,
        Warning,
        sh,
        ["sh has no for (( ))", "sh 没有 for (( ))"],
        ["Use while, or `for i in $(seq 3)`.", "使用 while，或 `for i in $(seq 3)`。"],
        r#"for ((i = 0; i < 3; i++)); do echo "$i"; done"#,
        r#"for i in 0 1 2; do echo "$i"; done"#
    ),
    code!(
        3006,
        Warning,
        sh,
        ["sh has no (( )) command", "sh 没有 (( )) 命令"],
        ["Use `: $(( ))` or `[ ]`.", "使用 `: $(( ))` 或 `[ ]`。"],
        r#"i=1; ((i = i + 1)); echo "$i""#,
        r#"i=1; i=$((i + 1)); echo "$i""#
    ),
    code!(
        3008,
        Warning,
        sh,
        ["sh has no select", "sh 没有 select"],
        ["And a build has nobody to ask.", "而且构建时没有人可以回答。"],
        r#"select i in a b; do echo "$i"; done"#,
        r#"for i in a b; do echo "$i"; done"#
    ),
    code!(
        3009,
        Warning,
        sh,
        ["sh does not expand braces", "sh 不展开花括号"],
        [
            "`{a,b}` is a text to dash and ash: mkdir makes a directory of that very name.",
            "`{a,b}` 对 dash 和 ash 只是文本：mkdir 会创建以它命名的目录。"
        ],
        r"mkdir -p /x/{a,b}",
        r"mkdir -p /x/a /x/b"
    ),
    code!(
        3010,
        Warning,
        sh,
        ["sh has no [[ ]]", "sh 没有 [[ ]]"],
        ["Use `[ ]`.", "使用 `[ ]`。"],
        r"if [[ -f /x ]]; then true; fi",
        r"if [ -f /x ]; then true; fi"
    ),
    code!(
        3011,
        Warning,
        sh,
        ["sh has no <<<", "sh 没有 <<<"],
        ["Use a pipe: `printf '%s\\n' \"$a\" | b`.", "使用管道：`printf '%s\\n' \"$a\" | b`。"],
        r#"cat <<< "a""#,
        r"echo a | cat"
    ),
    code!(
        3014,
        Warning,
        sh,
        ["Write a single equals sign in [ ]", "[ ] 中只写一个等号"],
        [
            "dash does not know `==`: the test fails with an error.",
            "dash 不认识 `==`：测试会报错。"
        ],
        r#"a=$(id -u); if [ "$a" == 0 ]; then true; fi"#,
        r#"a=$(id -u); if [ "$a" = 0 ]; then true; fi"#
    ),
    code!(
        3015,
        Warning,
        sh,
        ["sh has no =~", "sh 没有 =~"],
        ["Use `case` or grep.", "使用 `case` 或 grep。"],
        r#"a=$(uname -m); if [[ "$a" =~ arm ]]; then true; fi"#,
        r#"a=$(uname -m); case "$a" in *arm*) true;; esac"#
    ),
    code!(
        3018,
        Warning,
        sh,
        ["sh has no ++ and --", "sh 没有 ++ 和 --"],
        ["Write `$((i + 1))`.", "写成 `$((i + 1))`。"],
        r#"i=1; echo "$((i++))""#,
        r#"i=1; echo "$((i + 1))""#
    ),
    code!(
        3020,
        Warning,
        sh,
        ["sh has no &>", "sh 没有 &>"],
        [
            "To dash it is `&` and `>`: the command runs in the background and the file is emptied. Write `> file 2>&1`.",
            "对 dash 来说这是 `&` 加 `>`：命令会在后台运行，文件被清空；应写 `> file 2>&1`。"
        ],
        r"make &> /dev/null",
        r"make > /dev/null 2>&1"
    ),
    code!(
        3021,
        Warning,
        sh,
        ["sh has no >& file", "sh 没有 >& 文件"],
        ["Write `> file 2>&1`.", "写成 `> file 2>&1`。"],
        r"make >& /tmp/log",
        r"make > /tmp/log 2>&1"
    ),
    code!(
        3024,
        Warning,
        sh,
        ["sh has no +=", "sh 没有 +="],
        ["Write `a=\"${a}b\"`.", "写成 `a=\"${a}b\"`。"],
        r#"a=x; a+=y; echo "$a""#,
        r#"a=x; a="${a}y"; echo "$a""#
    ),
    code!(
        3026,
        Warning,
        sh,
        ["Write ! instead of ^ in a bracket pattern", "方括号模式中用 ! 代替 ^"],
        ["POSIX patterns are negated with `[!a]`.", "POSIX 通配符用 `[!a]` 取反。"],
        r"ls /x/[^a]*",
        r"ls /x/[!a]*"
    ),
    code!(
        3030,
        Warning,
        sh,
        ["sh has no arrays", "sh 没有数组"],
        [
            "Use `set --`, or `SHELL [\"/bin/bash\", \"-c\"]`.",
            "使用 `set --`，或 `SHELL [\"/bin/bash\", \"-c\"]`。"
        ],
        r#"a=(x y); echo "${a[0]}""#,
        r#"set -- x y; echo "$1""#
    ),
    code!(
        3033,
        Warning,
        sh,
        ["Name functions with letters, digits and underscores", "函数名只用字母、数字和下划线"],
        ["dash refuses others.", "dash 会拒绝其他字符。"],
        r"a-b() { true; }; a-b",
        r"a_b() { true; }; a_b"
    ),
    code!(
        3034,
        Warning,
        sh,
        ["sh has no $(< file)", "sh 没有 $(< file)"],
        ["Write `$(cat file)`.", "写成 `$(cat file)`。"],
        r#"a=$(< /x); echo "$a""#,
        r#"a=$(cat /x); echo "$a""#
    ),
    code!(
        3037,
        Warning,
        sh,
        ["Print with printf instead of echo's options", "用 printf 代替 echo 的选项"],
        ["dash's echo prints `-e` itself.", "dash 的 echo 会把 `-e` 原样输出。"],
        r"echo -e 'a\tb'",
        r"printf 'a\tb\n'"
    ),
    code!(
        3040,
        Warning,
        sh,
        ["This option of set is not in every sh", "并非所有 sh 都有这个 set 选项"],
        [
            "`pipefail` is new in POSIX 2024; Debian's dash has it since 0.5.13 only. Use `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]`.",
            "`pipefail` 是 POSIX 2024 新增的，dash 0.5.13 之前没有；应使用 `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]`。"
        ],
        r"set -o pipefail; a | b",
        r"set -e; a > /tmp/x; b < /tmp/x"
    ),
    code!(
        3042,
        Warning,
        sh,
        ["sh has no let", "sh 没有 let"],
        ["Write `a=$((…))`.", "写成 `a=$((…))`。"],
        r#"let a=1+2; echo "$a""#,
        r#"a=$((1 + 2)); echo "$a""#
    ),
    code!(
        3043,
        Warning,
        sh,
        ["local is not in POSIX", "POSIX 中没有 local"],
        ["dash and ash have it; other shells may not.", "dash 和 ash 有它，其他 shell 不一定。"],
        r#"f() { local a=1; echo "$a"; }; f"#,
        r#"f() { a=1; echo "$a"; }; f"#
    ),
    code!(
        3044,
        Warning,
        sh,
        ["sh does not have this builtin", "sh 没有这个内建命令"],
        ["declare, pushd, shopt and the like are bash's.", "declare、pushd、shopt 等是 bash 的。"],
        r#"pushd /x; make"#,
        r#"(cd /x && make)"#
    ),
    code!(
        3045,
        Warning,
        sh,
        ["This builtin has no such option in sh", "sh 中该内建命令没有这个选项"],
        ["It is bash's.", "它是 bash 的。"],
        r#"read -r -p "name" a; echo "$a""#,
        r#"read -r a; echo "$a""#
    ),
    code!(
        3046,
        Warning,
        sh,
        ["Write . instead of source", "用 . 代替 source"],
        ["dash does not know source: the command fails.", "dash 不认识 source：命令会失败。"],
        r"source /opt/venv/bin/activate",
        r". /opt/venv/bin/activate"
    ),
    code!(
        3047,
        Warning,
        sh,
        ["sh cannot trap this", "sh 不能 trap 它"],
        ["ERR, DEBUG and RETURN are bash's.", "ERR、DEBUG、RETURN 是 bash 的。"],
        r"trap 'echo failed' ERR; make",
        r"trap 'echo ended' EXIT; make"
    ),
    code!(
        3048,
        Warning,
        sh,
        ["Name signals without SIG", "信号名不写 SIG"],
        ["POSIX knows `INT`, not `SIGINT`.", "POSIX 只认 `INT`，不认 `SIGINT`。"],
        r"trap 'echo ended' SIGINT; make",
        r"trap 'echo ended' INT; make"
    ),
    code!(
        3050,
        Warning,
        sh,
        ["sh's printf has no %q", "sh 的 printf 没有 %q"],
        ["It is bash's.", "它是 bash 的。"],
        r#"printf '%q' "$HOME""#,
        r#"printf '%s' "$HOME""#
    ),
    code!(
        3053,
        Warning,
        sh,
        ["sh has no ${!name}", "sh 没有 ${!name}"],
        ["Use eval.", "使用 eval。"],
        r#"a=HOME; echo "${!a}""#,
        r#"a=HOME; eval "echo \"\$$a\"""#
    ),
    code!(
        3054,
        Warning,
        sh,
        ["sh has no arrays", "sh 没有数组"],
        [
            "Use `set --`, or `SHELL [\"/bin/bash\", \"-c\"]`.",
            "使用 `set --`，或 `SHELL [\"/bin/bash\", \"-c\"]`。"
        ],
        r#"a=(x y); echo "${a[0]}""#,
        r#"set -- x y; echo "$1""#
    ),
    code!(
        3057,
        Warning,
        sh,
        ["sh has no ${a:1:2}", "sh 没有 ${a:1:2}"],
        ["Use `${a#x}`, `${a%x}` or cut.", "使用 `${a#x}`、`${a%x}` 或 cut。"],
        r#"a=$(pwd); echo "${a:0:3}""#,
        r#"a=$(pwd); echo "${a%/*}""#
    ),
    code!(
        3059,
        Warning,
        sh,
        ["sh cannot change letters' case in an expansion", "sh 的展开不能改变大小写"],
        ["Use tr.", "使用 tr。"],
        r#"a=$(pwd); echo "${a^^}""#,
        r#"a=$(pwd); echo "$a" | tr '[:lower:]' '[:upper:]'"#
    ),
    code!(
        3060,
        Warning,
        sh,
        ["sh has no ${a/b/c}", "sh 没有 ${a/b/c}"],
        ["Use sed, or `${a#…}` and `${a%…}`.", "使用 sed，或 `${a#…}` 与 `${a%…}`。"],
        r#"a=$(pwd); echo "${a/x/y}""#,
        r#"a=$(pwd); echo "$a" | sed 's/x/y/'"#
    ),
    code!(
        3073,
        Warning,
        sh,
        ["sh has no |&", "sh 没有 |&"],
        ["Write `2>&1 |`.", "写成 `2>&1 |`。"],
        r"make |& cat",
        r"make 2>&1 | cat"
    ),
];
