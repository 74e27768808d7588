with

years as (

    select * from {{ ref('int_open_years_delivered') }}
    where is_chosen

),

final as (

    select
        year,
        layout,
        extract_date,
        n_participants,
        -- Only closed projects are published: a year is final once its last project can have been closed.
        extract_date
        < {{ dbt.dateadd('month', var('open_data_provisional_months'), "make_date(year + 1, 1, 1)") }} as is_provisional

    from years

)

select * from final
