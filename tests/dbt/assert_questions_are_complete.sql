with

asked as (

    select question_key from {{ ref('int_answers_unioned') }}
    group by question_key

),

known as (

    select question_key from {{ ref('dim_motive') }}
    union all
    select item_key as question_key from {{ ref('dim_outcome_item') }}

),

totals as (

    select count(*) as n_asked from asked

)

select
    asked.question_key as asked_question,
    known.question_key as known_question
from asked
full outer join known on asked.question_key = known.question_key
-- Without any report nothing has been asked.
cross join totals
where
    (asked.question_key is null or known.question_key is null)
    and totals.n_asked > 0
