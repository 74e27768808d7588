with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

documents as (

    select * from {{ ref('strategy_document') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

-- Entities that have become one institution: it says yes if any of them does.
heard as (

    select
        answers.institution_key,
        answers.question_key,
        max(answers.normed_value) as normed_value
    from answers
    inner join institutions on answers.institution_key = institutions.institution_key
    where
        institutions.sector = '{{ var("institution_sector") }}'
        and answers.normed_value is not null
    group by answers.institution_key, answers.question_key

),

asked as (

    select
        document_mention,
        label_nb,
        label_en,
        sort_order,
        count(distinct question_key) as n_questions
    from documents
    group by document_mention, label_nb, label_en, sort_order

),

answered as (

    select
        documents.document_mention,
        heard.institution_key,
        count(distinct heard.question_key) as n_questions_answered,
        max(heard.normed_value) as normed_value
    from heard
    inner join documents on heard.question_key = documents.question_key
    group by documents.document_mention, heard.institution_key

),

known as (

    select
        asked.document_mention,
        asked.label_nb,
        asked.label_en,
        asked.sort_order,
        {{ any_said_yes('answered.normed_value', 'answered.n_questions_answered', 'asked.n_questions') }} as naming
    from answered
    inner join asked on answered.document_mention = asked.document_mention

),

counted as (

    select
        document_mention,
        label_nb,
        label_en,
        sort_order,
        count(*) as n_institutions,
        sum(naming) as n_naming_institutions
    from known
    where naming is not null
    group by document_mention, label_nb, label_en, sort_order

),

final as (

    select
        document_mention,
        label_nb as document_mention_label_nb,
        label_en as document_mention_label_en,
        sort_order as document_mention_sort_order,
        cast(n_institutions as integer) as n_institutions,
        cast(n_naming_institutions as integer) as n_naming_institutions,
        {{ share('n_naming_institutions', 'n_institutions') }} as naming_share

    from counted

)

select * from final
