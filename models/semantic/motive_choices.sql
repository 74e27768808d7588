with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

choices as (

    select * from {{ ref('fct_motive_choice') }}

),

final as (

    select
        mobilities.report_key,
        mobilities.institution_key,
        choices.motive_key,
        mobilities.person_key,
        mobilities.country_code,
        mobilities.year,
        choices.is_ticked,
        mobilities.n_participants

    from choices
    inner join mobilities on choices.report_key = mobilities.report_key
    -- A section left empty is no answer.
    where choices.is_ticked is not null

)

select * from final
