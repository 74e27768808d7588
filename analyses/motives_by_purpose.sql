-- What moves teachers, what moves trainees? Share of stays that tick a motive, by purpose; skipped sections left out.

select
    motives.label_en as motive,
    stays.purpose_key,
    sum(case when choices.is_ticked then stays.n_participants else 0 end) as n_ticked,
    sum(case when choices.is_ticked is not null then stays.n_participants else 0 end) as n_answered,
    {{ share(
        'sum(case when choices.is_ticked then stays.n_participants else 0 end)',
        'sum(case when choices.is_ticked is not null then stays.n_participants else 0 end)'
    ) }} as ticked_share
from {{ ref('fct_motive_choice') }} as choices
inner join {{ ref('fct_mobility') }} as stays on choices.report_key = stays.report_key
inner join {{ ref('dim_motive') }} as motives on choices.motive_key = motives.motive_key
group by motives.label_en, motives.sort_order, stays.purpose_key
order by motives.sort_order desc, stays.purpose_key asc
